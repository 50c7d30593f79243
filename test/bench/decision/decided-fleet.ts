import type { Candidate } from '@flotilla/core/placement/candidate'
import type { Groups } from '@flotilla/core/placement/group-counts'
import type { PlacementPolicy } from '@flotilla/core/policies/policy'
import { seededRandom } from '../../load/random.ts'
import { MODEL_POLICY, ModelFleet, NOW_MS } from '../model-fleet.ts'

const SITES = 10
const MEMBERS = 5
const HOUR_MS = 3_600_000
const SHARE_CAP = { numerator: 1n, denominator: 10n }

/** One fleet, as policies of different kinds look at it. */
export interface DecidedFleet {
  /** 30 to 50 % full, alike in all but figures. */
  readonly plain: ModelFleet
  /** The same, the first one empty and a member for an hour; nothing was placed within the window. */
  readonly joining: readonly Candidate[]
  /** The same with labels. */
  readonly labelled: readonly Candidate[]
  /** Half of the sites have one of `GROUP` already. */
  readonly groups: Groups
}

export const GROUP = 'default/db'

/** A tenth each at most, a newcomer's tenth growing over its first four hours. */
export const SHARE_POLICY: PlacementPolicy = {
  ...MODEL_POLICY,
  share: { cap: SHARE_CAP, windowMs: HOUR_MS, rampMs: 4 * HOUR_MS },
}

/** Groups are spread over sites; two labels are preferred, one more than the other. */
export const SPREAD_POLICY: PlacementPolicy = {
  ...MODEL_POLICY,
  prefer: [
    { key: 'site', operator: 'In', values: ['site-1'], weight: { numerator: 5n, denominator: 100n } },
    { key: 'tier', operator: 'Exists', values: [], weight: { numerator: 2n, denominator: 100n } },
  ],
  spread: { label: 'site', mode: 'SPREAD', maxPerValue: null },
}

export function decidedFleet(clusters: number): DecidedFleet {
  const random = seededRandom(clusters)
  const plain = new ModelFleet(clusters, random, () => 0.3 + 0.2 * random())
  const { candidates } = plain
  return {
    plain,
    joining: candidates.map((each, index) => (index === 0 ? newcomer(each) : each)),
    labelled: candidates.map((each, index) => ({ ...each, labels: labelsOf(index) })),
    groups: new Map([[GROUP, new Map(candidates.slice(0, MEMBERS).map(({ clusterId }) => [clusterId, 1]))]]),
  }
}

function newcomer(candidate: Candidate): Candidate {
  return {
    ...candidate,
    joinedAtMs: NOW_MS - HOUR_MS,
    figures: candidate.figures && { ...candidate.figures, provisionedBytes: 0n },
  }
}

function labelsOf(index: number): Readonly<Record<string, string>> {
  return { site: `site-${index % SITES}`, ...(index % 2 === 0 && { tier: 'fast' }) }
}
