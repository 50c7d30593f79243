import type { ClusterCapacity } from '../clusters/cluster-capacity.ts'
import type { PlacementPolicy } from '../policies/policy.ts'
import { scaleBytes } from '../units/ratio.ts'
import type { SeriesPoint } from './capacity-sample.ts'
import { forecastGate, type GateForecast } from './forecast-gate.ts'
import { sumSeries } from './sum-series.ts'

type Figures = Pick<ClusterCapacity, 'provisionedBytes' | 'pendingBytes' | 'effectiveBytes' | 'freeBytes'>
type Gates = Pick<PlacementPolicy, 'maxProvisionedRatio' | 'minFreeRatio'>

export interface CapacityForecast {
  /** Until the policy promises nothing more to new volumes. */
  readonly promised: GateForecast
  /** Until the policy's floor of physically free storage. */
  readonly written: GateForecast
}

/** How much of each gate there is, and how much is left; the figures at the gates themselves, without any request. */
export function gatesOf(figures: Figures, policy: Gates) {
  const promisedBytes = scaleBytes(figures.effectiveBytes, policy.maxProvisionedRatio)
  const floorBytes = scaleBytes(figures.effectiveBytes, policy.minFreeRatio)
  return {
    promised: {
      limitBytes: promisedBytes,
      leftBytes: promisedBytes - figures.provisionedBytes - figures.pendingBytes,
    },
    written: {
      limitBytes: figures.effectiveBytes - floorBytes,
      leftBytes: figures.freeBytes - floorBytes,
    },
  }
}

/** Of one cluster: its present distances from the policy's gates over how fast it has been filling. */
export function forecastCluster(
  points: readonly SeriesPoint[],
  figures: Figures,
  policy: Gates,
): CapacityForecast {
  const { promised, written } = gatesOf(figures, policy)
  return forecast(points, promised.leftBytes, written.leftBytes)
}

/**
 * Of clusters together: until what all of them have left is used up. A cluster past a gate has nothing left there, and
 * takes nothing from the others; one that joined is no growth.
 */
export function forecastFleet(
  clusters: readonly { readonly points: readonly SeriesPoint[]; readonly figures: Figures }[],
  policy: Gates,
): CapacityForecast {
  const gates = clusters.map(({ figures }) => gatesOf(figures, policy))
  const sumOf = (left: (gate: ReturnType<typeof gatesOf>) => bigint) =>
    gates.reduce((sum, gate) => sum + (left(gate) > 0n ? left(gate) : 0n), 0n)
  return forecast(
    sumSeries(clusters.map(({ points }) => points)),
    sumOf(({ promised }) => promised.leftBytes),
    sumOf(({ written }) => written.leftBytes),
  )
}

function forecast(
  points: readonly SeriesPoint[],
  promisedLeft: bigint,
  writtenLeft: bigint,
): CapacityForecast {
  return {
    promised: forecastGate(
      points.map(({ atMs, promisedBytes }) => ({ atMs, bytes: promisedBytes })),
      promisedLeft,
    ),
    written: forecastGate(
      points.map(({ atMs, writtenBytes }) => ({ atMs, bytes: writtenBytes })),
      writtenLeft,
    ),
  }
}
