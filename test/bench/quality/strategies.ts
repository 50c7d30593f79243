import { type PlacementOutcome, placeVolume } from '@flotilla/core/placement/place-volume'
import { MODEL_POLICY, type ModelFleet, NOW_MS } from '../model-fleet.ts'

/** The index of the cluster that takes the volume, or -1 when it finds none with room. */
export type Choose = (fleet: ModelFleet, bytes: number, volume: number) => number

/** Every one of them sees exact figures; what is compared is the rule, not how old its view is. */
export const STRATEGIES: Readonly<Record<string, (random: () => number) => Choose>> = {
  'our placer': () => placeByShortlist,
  'literal rule (lowest ratio now)': () => (fleet, bytes) =>
    lowest(fleet, bytes, (index) => fleet.ratio(index)),
  'most free bytes': () => (fleet, bytes) =>
    lowest(fleet, bytes, (index) => (fleet.provisioned[index] ?? 0) - (fleet.capacities[index] ?? 0)),
  'round-robin': () => {
    let turn = 0
    return (fleet, bytes) => {
      turn = firstWithRoom(fleet, bytes, turn + 1)
      return turn
    }
  },
  random: (random) => (fleet, bytes) => firstWithRoom(fleet, bytes, Math.floor(random() * fleet.size)),
}

const SHORTLIST = 8
/** Every so many decisions the shortlist's answer is held against the whole fleet's. */
const CHECK_EVERY = 500

/**
 * The real placer over the few clusters that a scan of floats finds lowest, which is what it would choose from all: any
 * that the list leaves out ranks behind every one in it. When none in the list qualifies, all are asked.
 */
function placeByShortlist(fleet: ModelFleet, bytes: number, volume: number): number {
  const nearest = nearestTo(fleet, bytes).flatMap((index) => fleet.candidates[index] ?? [])
  const short = place(nearest, bytes, volume)
  if (short.clusterId && volume % CHECK_EVERY > 0) return fleet.indexOf.get(short.clusterId) ?? -1
  const whole = place(fleet.candidates, bytes, volume)
  if (short.clusterId && short.clusterId !== whole.clusterId) {
    throw new Error(`volume ${volume}: ${short.clusterId} of the shortlist, ${whole.clusterId} of all`)
  }
  return whole.clusterId ? (fleet.indexOf.get(whole.clusterId) ?? -1) : -1
}

function place(candidates: ModelFleet['candidates'], bytes: number, volume: number): PlacementOutcome {
  const request = {
    volumeId: `vol_${volume}`,
    sizeBytes: BigInt(bytes),
    replicas: 1,
    excludedClusterIds: [],
    growsOn: null,
    pinnedTo: null,
    group: null,
  } as const
  return placeVolume(request, candidates, MODEL_POLICY, NOW_MS)
}

/** The indices of the lowest projected ratios, in order. */
function nearestTo(fleet: ModelFleet, bytes: number): number[] {
  const indices: number[] = []
  const ratios: number[] = []
  for (let index = 0; index < fleet.size; index++) {
    const ratio = fleet.projectedRatio(index, bytes)
    if (indices.length === SHORTLIST && ratio >= (ratios.at(-1) ?? 0)) continue
    const position = ratios.findIndex((each) => ratio < each)
    const at = position < 0 ? ratios.length : position
    ratios.splice(at, 0, ratio)
    indices.splice(at, 0, index)
    if (indices.length > SHORTLIST) {
      ratios.pop()
      indices.pop()
    }
  }
  return indices
}

function lowest(fleet: ModelFleet, bytes: number, rankOf: (index: number) => number): number {
  let best = -1
  let bestValue = Number.POSITIVE_INFINITY
  for (let index = 0; index < fleet.size; index++) {
    const value = rankOf(index)
    if (value >= bestValue || !fleet.hasRoom(index, bytes)) continue
    best = index
    bestValue = value
  }
  return best
}

function firstWithRoom(fleet: ModelFleet, bytes: number, start: number): number {
  for (let step = 0; step < fleet.size; step++) {
    const index = (start + step) % fleet.size
    if (fleet.hasRoom(index, bytes)) return index
  }
  return -1
}
