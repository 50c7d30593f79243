import type { ClusterId, VolumeId } from '@flotilla/core/identity/ids'
import { placeInOrder } from '@flotilla/core/placement/place-in-order'
import { placeVolume } from '@flotilla/core/placement/place-volume'
import type { PlacementRequest } from '@flotilla/core/placement/placement-request'
import { Placer } from '@flotilla/core/placement/placer'
import { seededRandom } from '../../load/random.ts'
import { MODEL_POLICY, ModelFleet, NOW_MS } from '../model-fleet.ts'
import { median } from '../statistics.ts'
import type { Table } from '../table.ts'

const CLUSTER_COUNTS = [10, 100, 1_000, 10_000]
const ROUND_MS = 300
const IN_ORDER = 16
/** One request alone up to as many as one placement transaction takes; each batch has a Placer of its own, as each reads the fleet anew. */
const BATCHES = [1, 4, 16, 64, 256]
const GIB = 2 ** 30
const YARDSTICK = 'argmin of a typed array'

/** How many decisions one call takes, and the call; its answer is looked at, so that no optimiser drops it. */
interface Decider {
  readonly name: string
  readonly decisions: number
  readonly decide: (fleet: ModelFleet, turn: number) => unknown
}

/** The yardstick first. */
const DECIDERS: readonly Decider[] = [
  { name: YARDSTICK, decisions: 1, decide: (fleet, turn) => argmin(fleet, turn * GIB) },
  {
    name: 'placeVolume: winner and all verdicts',
    decisions: 1,
    decide: (fleet, turn) => placeVolume(requestOf(turn), fleet.candidates, MODEL_POLICY, NOW_MS).clusterId,
  },
  ...BATCHES.map(placeBatch),
  {
    name: `placeInOrder: ${IN_ORDER} in turn, each charged`,
    decisions: IN_ORDER,
    decide: (fleet, turn) => {
      const requests = Array.from({ length: IN_ORDER }, (_, index) => requestOf(turn + index))
      return placeInOrder(requests, fleet.candidates, MODEL_POLICY, NOW_MS).at(-1)?.clusterId
    },
  },
]

function placeBatch(size: number): Decider {
  return {
    name: size === 1 ? 'Placer: 1 winner' : `Placer: ${size} winners in turn, each charged`,
    decisions: size,
    decide(fleet, turn) {
      const placer = new Placer(fleet.candidates, MODEL_POLICY, NOW_MS)
      let chosen: ClusterId | null = null
      for (let index = 0; index < size; index++) {
        const request = requestOf(turn + index)
        chosen = placer.choose(request)
        if (chosen) placer.charge({ request, clusterId: chosen })
      }
      return chosen
    },
  }
}

/** CPU time of one decision, in microseconds; all deciders take turns, so that noise falls on all alike. */
export function benchDecision(rounds: number): Table {
  const columns = CLUSTER_COUNTS.map((clusters) => {
    const random = seededRandom(clusters)
    const fleet = new ModelFleet(clusters, random, () => 0.3 + 0.2 * random())
    for (const decider of DECIDERS) measureUs(decider, fleet)
    const samples = Array.from({ length: rounds }, () => DECIDERS.map((each) => measureUs(each, fleet)))
    return DECIDERS.map((_, index) => median(samples.map((round) => round[index] ?? 0)))
  })
  const rows = DECIDERS.map(({ name }, row) => [
    name,
    ...columns.map((column) => {
      const us = column[row] ?? 0
      const factor = us / (column[0] ?? 1)
      return name === YARDSTICK ? us.toPrecision(2) : `${us.toPrecision(3)} (${factor.toPrecision(2)} x)`
    }),
  ])
  return [['CPU us per decision', ...CLUSTER_COUNTS.map((count) => `${count} clusters`)], ...rows]
}

function measureUs({ decide, decisions }: Decider, fleet: ModelFleet): number {
  const endsAt = performance.now() + ROUND_MS
  const before = process.cpuUsage()
  let count = 0
  while (performance.now() < endsAt) {
    // Looking at the clock costs as much as a small decision.
    for (let turn = 0; turn < 10; turn++) {
      if (decide(fleet, count) === null) throw new Error('no cluster was found')
      count += decisions
    }
  }
  const { user, system } = process.cpuUsage(before)
  return (user + system) / count
}

function requestOf(turn: number): PlacementRequest {
  return {
    volumeId: `vol_${String(turn).padStart(36, '0')}` satisfies VolumeId,
    sizeBytes: BigInt(((turn % 1_000) + 1) * GIB),
    replicas: 2,
    excludedClusterIds: [],
    growsOn: null,
    pinnedTo: null,
    group: null,
  }
}

/** What any placer has to do at least: look at each cluster's projected ratio once. */
function argmin({ provisioned, capacities }: ModelFleet, bytes: number): number {
  let best = 0
  let lowest = Number.POSITIVE_INFINITY
  for (let index = 0; index < capacities.length; index++) {
    const ratio = ((provisioned[index] ?? 0) + bytes) / (capacities[index] ?? 1)
    if (ratio < lowest) {
      lowest = ratio
      best = index
    }
  }
  return best
}
