import { expect, test } from 'vitest'
import type { Operation } from '../operations/operation.ts'
import type { CreateVolumeInput } from '../ports/create-volume-input.ts'
import type { FleetCommands } from '../ports/fleet-commands.ts'
import { sampleVolume } from '../testing/sample-volume.ts'
import type { Volume } from '../volumes/volume.ts'
import type { BulkPorts } from './bulk-command-service.ts'
import { repeatOperation } from './repeat-operation.ts'

/** What a retry of its creation asks for. */
async function askedAgain(volume: Volume): Promise<unknown> {
  const asked: CreateVolumeInput[] = []
  const commands: Pick<FleetCommands, 'createVolume'> = {
    async createVolume(input) {
      asked.push(input)
      throw new Error('enough was seen')
    },
  }
  const operation = { kind: 'CREATE_VOLUME' } as Operation
  const former = { operation, request: null, failedItems: 0, volume, snapshot: null, source: null }
  const repeated = repeatOperation({} as BulkPorts, commands as FleetCommands, former, 'again', {
    name: 'alice',
  })
  await expect(repeated).rejects.toThrow('enough was seen')
  return asked[0]
}

test.each([
  ['gold', 'gold'],
  [null, null],
])(
  'a creation that had the QoS policy %s is repeated with it, whatever the default is by now',
  async (had, qosPolicy) => {
    expect(await askedAgain(sampleVolume({ qosPolicy: had }))).toMatchObject({
      idempotencyKey: 'again',
      name: 'volume-1',
      policy: 'sample',
      replicas: 2,
      qosPolicy,
    })
  },
)
