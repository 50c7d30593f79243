import type { Candidate, CandidateFigures } from '@flotilla/core/placement/candidate'
import type { PlacementPolicy } from '@flotilla/core/policies/policy'

/** JSON has no exact 64-bit integers: every bigint travels as `{"$n": "123"}`, so that a record replays to the byte. */
export function toStoredPolicy(policy: PlacementPolicy): string {
  return JSON.stringify(policy, (_key, each: unknown) =>
    typeof each === 'bigint' ? { $n: each.toString() } : each,
  )
}

/**
 * As a batch from before views saw them; later ones are read by `readView`. Records from before labels and shares
 * replay with what placement took for granted then.
 */
export function storedCandidates(json: unknown): readonly Candidate[] {
  return (revive(json) as readonly StoredCandidate[]).map((candidate) => ({
    ...BEFORE_LABELS,
    ...candidate,
    figures: candidate.figures && { ...BEFORE_COUNTS, ...candidate.figures },
  }))
}

const BEFORE_LABELS = { labels: {}, joinedAtMs: 0, recentBytes: 0n } satisfies Partial<Candidate>
const BEFORE_COUNTS = { volumeCount: 0 } satisfies Partial<CandidateFigures>

type StoredCandidate = Omit<Candidate, keyof typeof BEFORE_LABELS | 'figures'> & {
  readonly figures: Omit<CandidateFigures, keyof typeof BEFORE_COUNTS> | null
}

export function storedPolicy(json: unknown): PlacementPolicy {
  return { ...BEFORE_DOCUMENTS, ...(revive(json) as Omit<PlacementPolicy, keyof typeof BEFORE_DOCUMENTS>) }
}

/** What held of every policy before policies were documents; never to be changed, or old records no longer replay. */
const BEFORE_DOCUMENTS = {
  description: '',
  require: [],
  prefer: [],
  spread: null,
  allowDegraded: true,
  maxVolumeSizeBytes: null,
  maxVolumesPerCluster: null,
  ranking: 'LOWEST_PROJECTED_RATIO',
  share: null,
  defaultQosPolicy: null,
} satisfies Partial<PlacementPolicy>

function revive(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(revive)
  if (value === null || typeof value !== 'object') return value
  if ('$n' in value) return BigInt(String(value.$n))
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, revive(each)]))
}
