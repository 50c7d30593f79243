import { expect, test } from 'vitest'
import type { Operation, OperationKind } from '../operations/operation.ts'
import type { CreateVolumeInput } from '../ports/create-volume-input.ts'
import type { FleetCommands, UpdateVolumeInput } from '../ports/fleet-commands.ts'
import type { RecordedOperation } from '../ports/operation-store.ts'
import { GIB, sampleUuid, sampleVolumeId } from '../testing/sample-fleet.ts'
import { sampleVolume } from '../testing/sample-volume.ts'
import type { Volume } from '../volumes/volume.ts'
import type { BulkPorts } from './bulk-command-service.ts'
import { repeatOperation } from './repeat-operation.ts'

const gib = (count: bigint) => String(count * GIB)

/** What a repetition asks the ordinary commands for, which refuse it then. */
async function askedAgain(
  kind: OperationKind,
  former: Partial<RecordedOperation>,
): Promise<CreateVolumeInput | UpdateVolumeInput | undefined> {
  const asked: (CreateVolumeInput | UpdateVolumeInput)[] = []
  const keep = async (input: CreateVolumeInput | UpdateVolumeInput): Promise<never> => {
    asked.push(input)
    throw new Error('enough was seen')
  }
  const commands: Pick<FleetCommands, 'createVolume' | 'updateVolume'> = {
    createVolume: keep,
    updateVolume: keep,
  }
  const operation = { id: `op_${sampleUuid(1)}`, kind, state: 'FAILED' } as Operation
  const recorded = { operation, request: null, failedItems: 0, volume: null, snapshot: null, source: null }
  const repeated = repeatOperation(
    {} as BulkPorts,
    commands as FleetCommands,
    { ...recorded, ...former },
    'again',
    { name: 'alice' },
  )
  await expect(repeated).rejects.toThrow('enough was seen')
  return asked[0]
}

const createdAgain = (volume: Volume) => askedAgain('CREATE_VOLUME', { volume })

const resizedAgain = (request: object) =>
  askedAgain('RESIZE_VOLUME', { request: { id: sampleVolumeId(1), ...request } })

test.each([
  ['gold', 'gold'],
  [null, null],
])(
  'a creation that had the QoS policy %s is repeated with it, whatever the default is by now',
  async (had, qosPolicy) => {
    expect(await createdAgain(sampleVolume({ qosPolicy: had }))).toMatchObject({
      idempotencyKey: 'again',
      name: 'volume-1',
      policy: 'sample',
      replicas: 2,
      qosPolicy,
    })
  },
)

test.each([
  ['growth', gib(10n), false],
  ['the size that it had', gib(20n), false],
  ['a smaller size', gib(30n), true],
])('%s is asked for again as what it was', async (_name, formerSizeBytes, force) => {
  const request = { sizeBytes: gib(20n), force: true, formerSizeBytes }
  expect(await resizedAgain(request)).toMatchObject({ sizeBytes: 20n * GIB, force, idempotencyKey: 'again' })
})

test('what names no size is asked for again as it was', async () => {
  expect(await resizedAgain({ labels: {}, force: true, formerSizeBytes: gib(10n) })).toMatchObject({
    labels: {},
  })
})
