import type { Checked, Facts } from './facts.ts'
import type { Outage } from './history.ts'
import { clusterNames } from './our-volumes.ts'

/** What is done on a cluster that is well takes no longer than this, on a busy machine too. */
const DONE_WITHIN_MS = 20_000

/** Rule 10: while a cluster answers nobody, what was asked of the others in that time is done without waiting for it. */
export function checkIsolation({ records, history }: Facts): Checked {
  const outages = history.filter((line) => line.type === 'outage')
  const nameOf = clusterNames(records)
  const clusterOf = new Map(records.volumes.map(({ id, clusterId }) => [id, nameOf.get(clusterId)]))
  const asked = records.operations.flatMap(({ id, kind, volumeId, createdAt, finishedAt }) => {
    const cluster = volumeId && clusterOf.get(volumeId)
    const [askedMs, doneMs] = [createdAt.getTime(), finishedAt?.getTime() ?? Number.POSITIVE_INFINITY]
    return cluster ? [{ id, kind, cluster, askedMs, doneMs }] : []
  })
  const faults = outages.flatMap((outage) =>
    asked
      .filter(
        ({ cluster, askedMs, doneMs }) => cluster !== outage.cluster && isHeldUp(outage, askedMs, doneMs),
      )
      .map(
        ({ id, kind, cluster }) =>
          `${id} (${kind}) on ${cluster} waited while ${outage.cluster} answered nobody`,
      ),
  )
  return { count: outages.length, faults }
}

function isHeldUp({ fromMs, untilMs }: Outage, askedMs: number, doneMs: number): boolean {
  return askedMs > fromMs && doneMs > untilMs && untilMs - askedMs > DONE_WITHIN_MS
}
