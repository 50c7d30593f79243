import type { PlacementPolicy } from '../policies/policy.ts'
import { formatBytes } from '../units/bytes.ts'
import { compareRatios, projectedRatio, type Ratio, ratioToNumber, scaleBytes } from '../units/ratio.ts'
import type { Candidate, CandidateFigures } from './candidate.ts'
import { type PlacementRequest, requestedBytes } from './placement-request.ts'
import type { Rejection, RejectionReason } from './verdict.ts'

type Filter = (
  request: PlacementRequest,
  candidate: Candidate,
  policy: PlacementPolicy,
  nowMs: number,
) => Rejection | null

type FiguresFilter = (
  request: PlacementRequest,
  figures: CandidateFigures,
  policy: PlacementPolicy,
  nowMs: number,
) => Rejection | null

/** Cheap and decisive ones first: what the operator wants, what we see, what there is, then the two gates. */
const FILTERS: readonly Filter[] = [
  hasAdmission,
  isNotExcluded,
  isConnected,
  isHealthy,
  onFigures(isRecent),
  onFigures(hasReplicas),
  onFigures(staysBelowPromisedLimit),
  onFigures(staysAboveWrittenLimit),
]

/** The first reason why this candidate does not qualify, or `null` when it does. */
export function rejectCandidate(
  request: PlacementRequest,
  candidate: Candidate,
  policy: PlacementPolicy,
  nowMs: number,
): Rejection | null {
  for (const filter of FILTERS) {
    const rejection = filter(request, candidate, policy, nowMs)
    if (rejection) return rejection
  }
  return null
}

/** An unknown figure refuses; it is neither zero nor infinite (design.md 3, rule 6). */
function onFigures(filter: FiguresFilter): Filter {
  return (request, { figures }, policy, nowMs) =>
    figures ? filter(request, figures, policy, nowMs) : reject('NOT_OBSERVED', 'has not been observed yet')
}

function hasAdmission(_request: PlacementRequest, candidate: Candidate): Rejection | null {
  if (candidate.adminState === 'CORDONED') return reject('CORDONED', 'is cordoned: takes no new volumes')
  if (candidate.adminState === 'DRAINING') return reject('DRAINING', 'is being drained: takes no new volumes')
  return null
}

function isNotExcluded(request: PlacementRequest, candidate: Candidate): Rejection | null {
  if (!request.excludedClusterIds.includes(candidate.clusterId)) return null
  return reject('EXCLUDED', 'has refused this volume')
}

function isConnected(_request: PlacementRequest, candidate: Candidate): Rejection | null {
  if (candidate.connection === 'CONNECTED') return null
  return reject('NOT_CONNECTED', `is ${candidate.connection}, must be CONNECTED`)
}

function isHealthy(_request: PlacementRequest, candidate: Candidate): Rejection | null {
  if (candidate.health === 'OK' || candidate.health === 'WARNING') return null
  return reject('UNHEALTHY', `reports health ${candidate.health}, must be OK or WARNING`)
}

function isRecent(
  _request: PlacementRequest,
  figures: CandidateFigures,
  policy: PlacementPolicy,
  nowMs: number,
): Rejection | null {
  const ageMs = nowMs - figures.observedAtMs
  if (ageMs <= policy.maxObservationAgeMs) return null
  const allowed = policy.maxObservationAgeMs / 1000
  return reject(
    'OBSERVATION_TOO_OLD',
    `was observed ${Math.round(ageMs / 1000)} s ago, at most ${allowed} s allowed`,
  )
}

function hasReplicas(request: PlacementRequest, figures: CandidateFigures): Rejection | null {
  if (request.replicas <= figures.maxReplicas) return null
  return reject(
    'TOO_FEW_REPLICAS',
    `can keep ${figures.maxReplicas} replicas now, ${request.replicas} asked for`,
  )
}

function staysBelowPromisedLimit(
  request: PlacementRequest,
  figures: CandidateFigures,
  policy: PlacementPolicy,
): Rejection | null {
  const needed = requestedBytes(request)
  const ratio = projectedRatio(figures, needed)
  if (!ratio) return reject('NO_EFFECTIVE_CAPACITY', 'reports no effective capacity')
  const limit = policy.maxProvisionedRatio
  if (compareRatios(ratio, limit) <= 0) return null
  return reject(
    'PROMISED_LIMIT',
    `needs ${formatBytes(needed)}, would be ${roundUp(ratio)} of ${ratioToNumber(limit).toFixed(2)} allowed`,
    ratio.numerator - scaleBytes(figures.effectiveBytes, limit),
  )
}

function staysAboveWrittenLimit(
  request: PlacementRequest,
  figures: CandidateFigures,
  policy: PlacementPolicy,
): Rejection | null {
  const expected = scaleBytes(figures.pendingBytes + requestedBytes(request), policy.expectedUseRatio)
  const floor = scaleBytes(figures.effectiveBytes, policy.minFreeRatio)
  const free = figures.freeBytes - expected
  if (free >= floor) return null
  return reject(
    'WRITTEN_LIMIT',
    `with ${formatBytes(expected)} expected to be written would have ${formatBytes(free)} physically free, ${formatBytes(floor)} required`,
    floor - free,
  )
}

/** Two decimals, never rounded down, so that a ratio over a limit also reads as over it. */
function roundUp(ratio: Ratio): string {
  const hundredths = (ratio.numerator * 100n + ratio.denominator - 1n) / ratio.denominator
  return (Number(hundredths) / 100).toFixed(2)
}

function reject(
  reason: RejectionReason,
  explanation: string,
  shortfallBytes: bigint | null = null,
): Rejection {
  return { reason, explanation, shortfallBytes }
}
