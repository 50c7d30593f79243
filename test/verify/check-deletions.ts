import type { VolumeId } from '@flotilla/core/identity/ids'
import { CLOCKS_MS } from './clocks-ms.ts'
import type { Checked, Facts } from './facts.ts'
import { ownersByUuid } from './owners-by-uuid.ts'
import type { Records } from './records.ts'
import { snapshotReasons } from './snapshot-reasons.ts'

type Past = Pick<Facts, 'records' | 'truth'>

const NEVER = Number.POSITIVE_INFINITY

/**
 * Rule 13: what is ours is deleted only where that was asked for: a volume by its deletion, or, when its creation had failed, as what came
 * of that late; a snapshot by its own or its volume's deletion, with the clone that it was taken for, or when its time is over.
 */
export function checkDeletions({ records, truth }: Facts): Checked {
  const deletions = truth.flatMap(({ history, snapshotDeletions }) => [
    ...history.filter(({ by, kind }) => by === 'client' && kind === 'deleting'),
    ...snapshotDeletions.filter(({ by }) => by === 'client'),
  ])
  return {
    count: records.snapshots.length + deletions.length,
    faults: [
      ...findDeletedVolumes({ records, truth }),
      ...findDeletedSnapshots({ records, truth }),
      ...findGoneSnapshots(records),
    ],
  }
}

function findDeletedVolumes({ records, truth }: Past): string[] {
  const owners = ownersByUuid({ records, truth })
  const allowedFrom = deletableFrom(records)
  return truth.flatMap(({ name: cluster, history }) =>
    history
      .filter(({ by, kind }) => by === 'client' && kind === 'deleting')
      .filter(({ volumeUuid, atMs }) => {
        // What was never ours is told of elsewhere.
        const ids = [...(owners.get(volumeUuid) ?? [])]
        return ids.length > 0 && !ids.some((id) => (allowedFrom.get(id) ?? NEVER) <= atMs + CLOCKS_MS)
      })
      .map(({ volumeName, volumeUuid, atMs }) => unasked(volumeName, volumeUuid, cluster, atMs)),
  )
}

/** From when on each volume may be deleted on its cluster. */
function deletableFrom({ operations }: Records): ReadonlyMap<VolumeId, number> {
  const from = new Map<VolumeId, number>()
  for (const { kind, state, volumeId, createdAt, finishedAt } of operations) {
    // A deletion that was accepted is never given up (docs/decisions/0034-deletions-do-not-give-up.md): one that FAILED was refused.
    const isDeletion = kind === 'DELETE_VOLUME' && state !== 'FAILED'
    const isGivenUp = kind === 'CREATE_VOLUME' && state === 'FAILED'
    const at = isDeletion ? createdAt : isGivenUp ? finishedAt : null
    if (volumeId && at) from.set(volumeId, Math.min(from.get(volumeId) ?? NEVER, at.getTime()))
  }
  return from
}

/** As their clusters remember it. */
function findDeletedSnapshots({ records, truth }: Past): string[] {
  const reasonsOf = snapshotReasons(records)
  const byName = Map.groupBy(records.snapshots, ({ backendName }) => backendName)
  return truth.flatMap(({ name: cluster, snapshotDeletions }) =>
    snapshotDeletions
      .filter(({ by }) => by === 'client')
      .filter(({ snapshotName, atMs }) => {
        const owners = byName.get(snapshotName) ?? []
        return !owners.map(reasonsOf).some((each) => Math.min(each.askedMs, each.overMs) <= atMs + CLOCKS_MS)
      })
      .map(({ snapshotName, snapshotUuid, atMs }) => unasked(snapshotName, snapshotUuid, cluster, atMs)),
  )
}

/** As the records have it, whatever clusters had done to them. A failed one is marked in the transaction that asks, a little earlier. */
function findGoneSnapshots(records: Records): string[] {
  const reasonsOf = snapshotReasons(records)
  const forgotten = new Set(
    records.operations.filter(({ kind }) => kind === 'FORGET_VOLUME').map(({ volumeId }) => volumeId),
  )
  return records.snapshots
    .filter(({ state }) => state === 'DELETED' || state === 'LINGERING')
    .filter((snapshot) => {
      const { askedMs, overMs } = reasonsOf(snapshot)
      const goneAt = snapshot.deletedAt ?? snapshot.updatedAt
      return askedMs === NEVER && !forgotten.has(snapshot.volumeId) && overMs > goneAt.getTime()
    })
    .map(({ id, state }) => `${id} is ${state}, and nobody had asked for that`)
}

function unasked(name: string, uuid: string, cluster: string, atMs: number): string {
  const at = new Date(atMs).toISOString()
  return `${name} (${uuid}) on ${cluster} was deleted by a client at ${at}, and nobody had asked for that`
}
