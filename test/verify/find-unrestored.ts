import type { VolumeId } from '@flotilla/core/identity/ids'
import { CLOCKS_MS } from './clocks-ms.ts'
import type { Facts } from './facts.ts'
import { ownersByUuid } from './owners-by-uuid.ts'
import type { OperationRow } from './records.ts'

/** Restores that succeeded though no cluster put the volume back between their being asked for and their end. */
export function findUnrestored({ records, truth }: Pick<Facts, 'records' | 'truth'>): string[] {
  const owners = ownersByUuid({ records, truth })
  const putBackAt = new Map<VolumeId, number[]>()
  for (const { kind, by, volumeUuid, atMs } of truth.flatMap(({ history }) => history)) {
    if (kind !== 'rolledBack' || by !== 'client') continue
    for (const id of owners.get(volumeUuid) ?? []) putBackAt.set(id, [...(putBackAt.get(id) ?? []), atMs])
  }
  return records.operations
    .filter(({ kind, state }) => kind === 'RESTORE_VOLUME' && state === 'SUCCEEDED')
    .filter((operation) => {
      const moments = operation.volumeId ? putBackAt.get(operation.volumeId) : undefined
      return !moments?.some((atMs) => isWithin(operation, atMs))
    })
    .map(
      ({ id, volumeId }) => `${id} (RESTORE_VOLUME) SUCCEEDED, and ${volumeId} was not put back in its time`,
    )
}

function isWithin({ createdAt, finishedAt }: OperationRow, atMs: number): boolean {
  const endMs = finishedAt?.getTime() ?? Number.POSITIVE_INFINITY
  return atMs >= createdAt.getTime() - CLOCKS_MS && atMs <= endMs + CLOCKS_MS
}
