import type { Checked, Facts } from './facts.ts'
import type { Outage, SeenObjects } from './history.ts'
import type { ClusterRow, Records, SampleRow } from './records.ts'

const SPANS = ['promised', 'written', 'effective', 'free'] as const

/**
 * Rule 6: every figure has its time, is none that cannot be, and is newer than the one before; what clients were shown
 * of a cluster never got older.
 */
export function checkFigures({ records, history }: Facts): Checked {
  const seen = history.filter((line) => line.type === 'seen')
  return {
    count: records.clusters.length + records.samples.length + seen.length,
    faults: [
      ...records.clusters.flatMap((cluster) => checkLedgerRow(cluster, records)),
      ...records.samples.flatMap((sample) => checkSample(sample, records)),
      ...checkShown(seen),
      ...checkOutages(
        seen,
        history.filter((line) => line.type === 'outage'),
      ),
    ],
  }
}

function checkLedgerRow(
  { name, capacity, pollSequence, connection }: ClusterRow,
  { now }: Records,
): string[] {
  if (!capacity) return connection === 'CONNECTED' ? [`${name} is CONNECTED and has no figures`] : []
  const { observedAt, inventoryAt, sequence } = capacity
  const amounts = [
    capacity.provisionedBytes,
    capacity.pendingBytes,
    capacity.effectiveBytes,
    capacity.usedBytes,
    capacity.freeBytes,
    capacity.reportedBytes,
  ]
  return [
    ...(amounts.some((bytes) => bytes < 0n) ? [`${name} has a negative figure`] : []),
    ...(observedAt > now || inventoryAt > now ? [`${name} was observed after now`] : []),
    ...(inventoryAt > observedAt ? [`${name} has an inventory from after its figures`] : []),
    ...(sequence > pollSequence
      ? [`${name} has figures of poll ${sequence}, and the last that was begun is ${pollSequence}`]
      : []),
  ]
}

function checkSample(sample: SampleRow, { now }: Records): string[] {
  const where = `sample ${sample.clusterId} ${sample.resolution} ${sample.bucketAt.toISOString()}`
  return [
    ...SPANS.filter((figure) => {
      const { min, max, last } = sample[figure]
      return min < 0n || min > last || last > max
    }).map((figure) => `${where}: ${figure} has its last outside of its smallest and largest`),
    ...(sample.observedAt > now ? [`${where} was measured after now`] : []),
  ]
}

function checkShown(seen: readonly SeenObjects[]): string[] {
  const latest = new Map<string, { readonly observedAt: string; readonly effectiveBytes: string | null }>()
  return seen.flatMap(({ client, clusters }) =>
    clusters.flatMap(({ id, observedAt, effectiveBytes = null }) => {
      const key = `${client} ${id}`
      const before = latest.get(key)
      if (observedAt !== null) latest.set(key, { observedAt, effectiveBytes })
      if (before === undefined) return []
      if (observedAt === null) return [`${client} was shown ${id} with figures, then without`]
      if (before.observedAt === observedAt && before.effectiveBytes !== effectiveBytes) {
        return [
          `${client} was shown ${id} with ${before.effectiveBytes} bytes, then with ${effectiveBytes}, both as of ${observedAt}`,
        ]
      }
      return Date.parse(observedAt) < Date.parse(before.observedAt)
        ? [`${client} was shown ${id} as of ${before.observedAt}, then as of ${observedAt}`]
        : []
    }),
  )
}

/** A poll that was under way when the cluster went silent may have begun after whoever silenced it looked at his clock. */
const BEGUN_WITHIN_MS = 1_000

/** Of a time in which a cluster answered nobody there are no figures. */
function checkOutages(seen: readonly SeenObjects[], outages: readonly Outage[]): string[] {
  return seen.flatMap(({ client, clusters }) =>
    clusters.flatMap(({ name, observedAt }) => {
      const measuredMs = Date.parse(observedAt ?? '')
      const isUnmeasured = outages.some(
        ({ cluster, fromMs, untilMs, answersPolls = false }) =>
          !answersPolls && cluster === name && measuredMs > fromMs + BEGUN_WITHIN_MS && measuredMs < untilMs,
      )
      return isUnmeasured ? [`${client} was shown ${name} as of ${observedAt}, when it answered nobody`] : []
    }),
  )
}
