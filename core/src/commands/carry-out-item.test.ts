import { expect, test } from 'vitest'
import { type IdSource, toId } from '../identity/ids.ts'
import type { OperationRequest } from '../operations/operation-request.ts'
import type { FleetCommands, UpdateVolumeInput } from '../ports/fleet-commands.ts'
import { GIB, NOW, sampleUuid, sampleVolumeId } from '../testing/sample-fleet.ts'
import { carryOutItem } from './carry-out-item.ts'

const ids: IdSource = { next: (type) => toId(type, sampleUuid(9)) }
const ports = { ids, digest: (text: string) => text }

/** What an update of one item asks the ordinary command for. */
async function askedOf(
  request: OperationRequest,
  input: OperationRequest | null,
): Promise<UpdateVolumeInput> {
  const asked: UpdateVolumeInput[] = []
  const updateVolume = async (wanted: UpdateVolumeInput) => {
    asked.push(wanted)
    return { operation: { id: `op_${sampleUuid(2)}`, createdAt: NOW } }
  }
  const outcome = await carryOutItem(ports, { updateVolume } as unknown as FleetCommands, {
    bulkId: `op_${sampleUuid(1)}`,
    kind: 'UPDATE_VOLUMES',
    actor: 'alice',
    request,
    position: 3,
    volumeId: sampleVolumeId(1),
    input,
  })
  expect(outcome.kind).toBe('OPERATION')
  const [only] = asked
  if (!only) throw new Error('nothing was asked for')
  return only
}

test('an item that is to grow never makes a volume smaller, whatever it has become meanwhile', async () => {
  const request = { growBytes: String(10n * GIB), force: true, labels: { team: 'db' } }
  expect(await askedOf(request, { sizeBytes: String(20n * GIB) })).toEqual({
    id: sampleVolumeId(1),
    sizeBytes: 20n * GIB,
    force: false,
    labels: { team: 'db' },
    idempotencyKey: `op_${sampleUuid(1)}/3`,
  })
})

test('a size that is asked of all may be smaller where that is meant', async () => {
  const request = { sizeBytes: String(5n * GIB), force: true }
  expect(await askedOf(request, null)).toMatchObject({ sizeBytes: 5n * GIB, force: true })
})
