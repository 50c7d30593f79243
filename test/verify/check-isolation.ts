import type { OperationKind } from '@flotilla/core/operations/operation'
import type { Checked, Facts } from './facts.ts'
import type { Outage } from './history.ts'
import { clusterNames } from './our-volumes.ts'
import type { Records, SnapshotRow } from './records.ts'

/** What is done on a cluster that is well takes no longer than this, on a busy machine too. */
const DONE_WITHIN_MS = 20_000

/** They may have to wait for clones or for a create that may come late, however well all clusters are. */
const MAY_WAIT: ReadonlySet<OperationKind> = new Set(['DELETE_VOLUME', 'DELETE_SNAPSHOT'])

/**
 * Rule 10: while a cluster answers nobody, what was asked of the others in that time is done without waiting for it. Counted is what was
 * asked so long before the end that it shows whether it waited.
 */
export function checkIsolation({ records, history }: Facts): Checked {
  const ofVolumes = askedOfVolumes(records)
  const ofVolume = Map.groupBy(ofVolumes, ({ volumeId }) => volumeId)
  const asked = [...ofVolumes, ...askedOfSnapshots(records)]
  const judged = history
    .filter((line) => line.type === 'outage')
    .flatMap((outage) =>
      asked
        .filter((operation) => showsWaiting(operation, outage))
        .filter(({ volumeId, askedMs }) =>
          // Behind what was under way on its volume before the outage it may wait for that.
          (ofVolume.get(volumeId) ?? []).every(
            (each) => each.askedMs > outage.fromMs || each.doneMs <= askedMs,
          ),
        )
        .map((operation) => ({ ...operation, outage })),
    )
  return {
    count: judged.length,
    faults: judged
      .filter(({ doneMs, outage }) => doneMs > outage.untilMs)
      .map(
        ({ id, kind, cluster, outage }) =>
          `${id} (${kind}) on ${cluster} waited while ${outage.cluster} answered nobody`,
      ),
  }
}

interface Asked {
  readonly id: string
  readonly kind: OperationKind
  readonly volumeId: string
  readonly cluster: string
  readonly askedMs: number
  /** Infinite when it is not over. */
  readonly doneMs: number
}

function showsWaiting({ kind, cluster, askedMs }: Asked, outage: Outage): boolean {
  return (
    !MAY_WAIT.has(kind) &&
    cluster !== outage.cluster &&
    askedMs > outage.fromMs &&
    outage.untilMs - askedMs > DONE_WITHIN_MS
  )
}

/** A volume that was made again may have been on another cluster before, so nothing is said of those. */
function askedOfVolumes(records: Records): readonly Asked[] {
  const nameOf = clusterNames(records)
  const clusterOf = new Map(records.volumes.map(({ id, clusterId }) => [id, nameOf.get(clusterId)]))
  for (const { kind, volumeId } of records.operations) {
    if (kind === 'RECREATE_VOLUME' && volumeId) clusterOf.delete(volumeId)
  }
  return records.operations.flatMap(({ id, kind, volumeId, createdAt, finishedAt }) => {
    const cluster = volumeId && clusterOf.get(volumeId)
    if (!cluster) return []
    const doneMs = finishedAt?.getTime() ?? Number.POSITIVE_INFINITY
    return [{ id, kind, volumeId, cluster, askedMs: createdAt.getTime(), doneMs }]
  })
}

/** They stay on the cluster that they were asked of. A volume is not kept waiting by them, so they count as waiting only. */
function askedOfSnapshots(records: Records): readonly Asked[] {
  const nameOf = clusterNames(records)
  const snapshots = new Map<string | null, SnapshotRow>(records.snapshots.map((each) => [each.id, each]))
  return records.operations.flatMap(({ id, kind, snapshotId, createdAt, finishedAt }) => {
    const snapshot = snapshots.get(snapshotId)
    const cluster = snapshot && nameOf.get(snapshot.clusterId)
    if (!snapshot || !cluster) return []
    const doneMs = finishedAt?.getTime() ?? Number.POSITIVE_INFINITY
    return [{ id, kind, volumeId: snapshot.volumeId, cluster, askedMs: createdAt.getTime(), doneMs }]
  })
}
