import type { Candidate } from '@flotilla/core/placement/candidate'
import { chargeCandidate } from '@flotilla/core/placement/charge'
import type { PlacementRequest } from '@flotilla/core/placement/placement-request'
import { requestedBytes } from '@flotilla/core/placement/placement-request'
import { Placer } from '@flotilla/core/placement/placer'
import type { PlacementPolicy } from '@flotilla/core/policies/policy'
import { seededRandom } from '../../load/random.ts'
import { MODEL_POLICY, ModelFleet, NOW_MS } from '../model-fleet.ts'
import { mean } from '../statistics.ts'
import type { Table } from '../table.ts'

const MEMBERS = 20
const START_RATIO = 0.6
const VOLUMES = 20_000
const PERIOD_MS = 24 * 3_600_000
const WINDOW_MS = 3_600_000
const RAMP_MS = 4 * 3_600_000
const GIB = 2 ** 30
/** Before so many a share says nothing: the first volume is all there is. */
const FIRST_COUNTED = 100
const NEARLY_LEVEL = 0.02

const POLICIES: Readonly<Record<string, PlacementPolicy>> = {
  'no share cap': MODEL_POLICY,
  'cap 0.20': withCap(20n, 0),
  'cap 0.10': withCap(10n, 0),
  'cap 0.10, ramp of 4 h': withCap(10n, RAMP_MS),
}

function withCap(percent: bigint, rampMs: number): PlacementPolicy {
  return {
    ...MODEL_POLICY,
    share: { cap: { numerator: percent, denominator: 100n }, windowMs: WINDOW_MS, rampMs },
  }
}

interface Run {
  /** The largest part of the last hour's placed bytes that the newcomer had, right after a volume was given to it. */
  readonly largestShare: number
  readonly firstHour: number
  /** Hours until it is as full as the others; infinite when it never was. */
  readonly hoursUntilLevel: number
}

/** A cluster joins a fleet that is 60 % full; for a day a volume comes every 4.3 seconds. */
export function benchJoining(seeds: number): Table {
  const rows = Object.entries(POLICIES).map(([name, policy]) => {
    const runs = Array.from({ length: seeds }, (_, seed) => join(policy, seed + 1))
    const hours = runs.map((run) => run.hoursUntilLevel)
    return [
      name,
      mean(runs.map((run) => run.firstHour)).toFixed(3),
      Math.max(...runs.map((run) => run.largestShare)).toFixed(3),
      hours.every(Number.isFinite) ? mean(hours).toFixed(1) : 'not in a day',
    ]
  })
  return [
    ['policy', 'share of its first hour', 'largest share', 'hours until level with the others'],
    ...rows,
  ]
}

function join(policy: PlacementPolicy, seed: number): Run {
  const random = seededRandom(seed)
  let isNewcomer = true
  const fleet = new ModelFleet(MEMBERS + 1, random, () => {
    const ratio = isNewcomer ? 0 : START_RATIO
    isNewcomer = false
    return ratio
  })
  let candidates: readonly Candidate[] = fleet.candidates.map((candidate, index) =>
    index === 0 ? { ...candidate, joinedAtMs: NOW_MS } : candidate,
  )
  const recent: { readonly atMs: number; readonly index: number; readonly bytes: bigint }[] = []
  const inWindow = { all: 0n, newcomer: 0n }
  let [largestShare, firstHour, hoursUntilLevel] = [0, 0, Number.POSITIVE_INFINITY]
  for (let volume = 0; volume < VOLUMES; volume++) {
    const elapsedMs = (volume * PERIOD_MS) / VOLUMES
    const nowMs = NOW_MS + elapsedMs
    while (recent[0] && recent[0].atMs <= nowMs - WINDOW_MS) forget(recent.shift())
    const request = requestOf(volume, random)
    const clusterId = new Placer(upToDate(nowMs), policy, nowMs).choose(request)
    const index = clusterId ? (fleet.indexOf.get(clusterId) ?? -1) : -1
    if (index < 0) throw new Error('the fleet ran full')
    candidates = candidates.with(index, chargeCandidate(candidates[index] as Candidate, request))
    remember({ atMs: nowMs, index, bytes: requestedBytes(request) })
    if (elapsedMs < WINDOW_MS) firstHour = shareOfNewcomer()
    if (index === 0 && volume >= FIRST_COUNTED) largestShare = Math.max(largestShare, shareOfNewcomer())
    if (hoursUntilLevel === Number.POSITIVE_INFINITY && isLevel()) hoursUntilLevel = elapsedMs / 3_600_000
  }
  return { largestShare, firstHour, hoursUntilLevel }

  function upToDate(nowMs: number): readonly Candidate[] {
    return candidates.map((each) => ({
      ...each,
      figures: each.figures && { ...each.figures, observedAtMs: nowMs },
    }))
  }

  function remember(placed: (typeof recent)[number]): void {
    recent.push(placed)
    inWindow.all += placed.bytes
    if (placed.index === 0) inWindow.newcomer += placed.bytes
  }

  function forget(placed: (typeof recent)[number] | undefined): void {
    const former = placed && candidates[placed.index]
    if (!former) return
    candidates = candidates.with(placed.index, { ...former, recentBytes: former.recentBytes - placed.bytes })
    inWindow.all -= placed.bytes
    if (placed.index === 0) inWindow.newcomer -= placed.bytes
  }

  function shareOfNewcomer(): number {
    return Number(inWindow.newcomer) / Number(inWindow.all)
  }

  function isLevel(): boolean {
    const ratios = candidates.map(({ figures }) => {
      if (!figures) throw new Error('a model cluster has figures')
      return Number(figures.provisionedBytes + figures.pendingBytes) / Number(figures.effectiveBytes)
    })
    const [newcomer = 0, ...others] = ratios
    return newcomer >= mean(others) - NEARLY_LEVEL
  }
}

/** Log-normal around 64 GiB, as a day of these fills a cluster of middle size; none that would be the cap of an hour by itself. */
function requestOf(volume: number, random: () => number): PlacementRequest {
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  const bytes = Math.min(1_024, Math.max(1, Math.round(64 * Math.exp(1.3 * normal)))) * GIB
  return {
    volumeId: `vol_${volume}`,
    sizeBytes: BigInt(bytes),
    replicas: 1,
    excludedClusterIds: [],
    growsOn: null,
    pinnedTo: null,
    group: null,
  }
}
