import type { PlacementPolicy } from '../policies/policy.ts'
import { type Candidate, isObserved, type ObservedCandidate } from './candidate.ts'
import {
  type FiguresFilter,
  type Filter,
  type RequestFilter,
  reject,
  type StateFilter,
} from './filters/filter.ts'
import { fitsVolumeSize } from './filters/fits-volume-size.ts'
import { hasAdmission } from './filters/has-admission.ts'
import { hasEffectiveCapacity } from './filters/has-effective-capacity.ts'
import { hasPromisedHeadroom } from './filters/has-promised-headroom.ts'
import { hasReplicas } from './filters/has-replicas.ts'
import { hasRequiredLabels } from './filters/has-required-labels.ts'
import { hasVolumeSlot } from './filters/has-volume-slot.ts'
import { hasWrittenHeadroom } from './filters/has-written-headroom.ts'
import { isConnected } from './filters/is-connected.ts'
import { isHealthy } from './filters/is-healthy.ts'
import { isNotElsewhere } from './filters/is-not-elsewhere.ts'
import { isNotExcluded } from './filters/is-not-excluded.ts'
import { isRecent } from './filters/is-recent.ts'
import { keepsGroupApart } from './filters/keeps-group-apart.ts'
import type { PlacementContext } from './placement-context.ts'
import type { PlacementRequest } from './placement-request.ts'
import type { FilterAnswer, Rejection } from './verdict.ts'

interface Filters {
  readonly states: readonly StateFilter[]
  readonly figures: readonly FiguresFilter[]
  readonly asked: readonly RequestFilter[]
  readonly gates: readonly RequestFilter[]
}

/**
 * After whether a clone's source is there at all, cheap and decisive ones first: what the operator wants, what we see, what the labels say; then whether the figures
 * can be trusted; then what the request asks, and last the two gates. What comes before `asked` holds for every
 * request of a batch, so `Placer` looks at it once; the gates it knows as bytes of headroom.
 */
const FOR_NEW_VOLUMES: Filters = {
  states: [hasAdmission, isConnected, isHealthy, hasRequiredLabels],
  figures: [isRecent, hasEffectiveCapacity, hasVolumeSlot],
  asked: [isNotExcluded, hasReplicas, fitsVolumeSize, keepsGroupApart],
  gates: [hasPromisedHeadroom, hasWrittenHeadroom],
}

/** What is there already stays there: what the operator and the policy want of new volumes does not bind it. */
const FOR_GROWTH: Filters = {
  states: [isConnected, isHealthy],
  figures: [isRecent, hasEffectiveCapacity],
  asked: [isNotExcluded, hasReplicas],
  gates: [hasPromisedHeadroom, hasWrittenHeadroom],
}

function filtersFor({ growsOn }: PlacementRequest): Filters {
  return growsOn ? FOR_GROWTH : FOR_NEW_VOLUMES
}

/** The first reason why this candidate does not qualify, or `null` when it does. */
export function rejectCandidate(
  request: PlacementRequest,
  candidate: Candidate,
  context: PlacementContext,
): Rejection | null {
  const elsewhere = isNotElsewhere.refuse(request, candidate, context)
  if (elsewhere) return elsewhere
  const filters = filtersFor(request)
  const standing = rejectStanding(filters, candidate, context.policy, context.nowMs)
  if (standing || !isObserved(candidate)) return standing ?? NOT_OBSERVED
  return first([...filters.asked, ...filters.gates], (filter) => filter.refuse(request, candidate, context))
}

/** Every filter's answer in the order above, those behind the first refusal included. */
export function answerFilters(
  request: PlacementRequest,
  candidate: Candidate,
  context: PlacementContext,
): readonly FilterAnswer[] {
  const { states, figures, asked, gates } = filtersFor(request)
  const { policy, nowMs } = context
  const observed = isObserved(candidate) ? candidate : null
  return [
    ...(request.pinnedTo === null ? [] : [answerOf(isNotElsewhere, [request, candidate, context])]),
    ...states.map((filter) => answerOf(filter, [candidate, policy])),
    answerOf(IS_OBSERVED, [candidate]),
    ...figures.map((filter) => answerOf(filter, observed && [observed, policy, nowMs])),
    ...[...asked, ...gates].map((filter) => answerOf(filter, observed && [request, observed, context])),
  ]
}

/** @param facts null where they are not known */
function answerOf<Facts extends readonly unknown[]>(
  { name, refuse, passes }: Filter<Facts>,
  facts: Facts | null,
): FilterAnswer {
  if (!facts) return { name, outcome: 'UNKNOWN', explanation: NOT_OBSERVED.explanation, rejection: null }
  const rejection = refuse(...facts)
  if (rejection) return { name, outcome: 'REFUSED', explanation: rejection.explanation, rejection }
  const explanation = passes(...facts)
  return explanation === null
    ? { name, outcome: 'UNKNOWN', explanation: 'has no ratio', rejection: null }
    : { name, outcome: 'PASSED', explanation, rejection: null }
}

/** Whether what a new volume asks besides bytes rules the candidate out. */
export function rejectAsked(
  request: PlacementRequest,
  candidate: ObservedCandidate,
  context: PlacementContext,
): Rejection | null {
  return first(FOR_NEW_VOLUMES.asked, (filter) => filter.refuse(request, candidate, context))
}

/** Whether a candidate qualifies for new volumes at all, whatever the request. */
export function qualifiesStanding(
  candidate: Candidate,
  policy: PlacementPolicy,
  nowMs: number,
): candidate is ObservedCandidate {
  return rejectStanding(FOR_NEW_VOLUMES, candidate, policy, nowMs) === null
}

/** An unknown figure refuses; it is neither zero nor infinite (design.md 3, rule 6). */
const NOT_OBSERVED = reject('NOT_OBSERVED', 'has not been observed yet', 'a poll that succeeds')

const IS_OBSERVED: Filter<readonly [candidate: Candidate]> = {
  name: 'OBSERVATION',
  refuse: (candidate) => (isObserved(candidate) ? null : NOT_OBSERVED),
  passes: () => 'has been observed',
}

function rejectStanding(
  filters: Filters,
  candidate: Candidate,
  policy: PlacementPolicy,
  nowMs: number,
): Rejection | null {
  const rejection = first(filters.states, (filter) => filter.refuse(candidate, policy))
  if (rejection || !isObserved(candidate)) return rejection ?? NOT_OBSERVED
  return first(filters.figures, (filter) => filter.refuse(candidate, policy, nowMs))
}

function first<T>(filters: readonly T[], ask: (filter: T) => Rejection | null): Rejection | null {
  for (const filter of filters) {
    const rejection = ask(filter)
    if (rejection) return rejection
  }
  return null
}
