import { isDeepStrictEqual } from 'node:util'
import type { Candidate } from '@flotilla/core/placement/candidate'
import type { PlacementPolicy } from '@flotilla/core/policies/policy'
import type { Database } from '../database/connect.ts'
import { changedPlaces, toStoredChanges } from './stored-view.ts'

/** What a batch is stored as: a view that was written before, and the difference. */
export interface ViewReference {
  readonly viewId: string
  readonly changes: string
}

/**
 * The views that this process has written, one for each policy. A memory only: whoever refers to one finds out in the
 * database whether it is there, because its transaction may have been rolled back, or the view forgotten.
 */
export interface RememberedViews {
  /** Null when the fleet or the policy is another, or differences have added up: a new view is due. */
  refer(policy: PlacementPolicy, candidates: readonly Candidate[]): ViewReference | null
  remember(policy: PlacementPolicy, candidates: readonly Candidate[], viewId: string): void
}

/**
 * A cluster weighs about four times as much in a view as in a difference. Once differences have repeated as much of
 * earlier ones as a new view would weigh, that view is the cheaper way to go on.
 */
const CLUSTERS_REPEATED = 4
const MAX_POLICIES = 100

interface Remembered {
  readonly viewId: string
  readonly policy: PlacementPolicy
  readonly view: readonly Candidate[]
  readonly places: ReadonlyMap<string, number>
  /** What the last batch saw, in the order of the view. */
  last: readonly Candidate[]
  repeated: number
}

const viewsByDatabase = new WeakMap<Database, RememberedViews>()

/** One memory for all that write over this connection, so that they share views. */
export function rememberedViews(database: Database): RememberedViews {
  const present = viewsByDatabase.get(database) ?? createRememberedViews()
  viewsByDatabase.set(database, present)
  return present
}

export function createRememberedViews(): RememberedViews {
  const byPolicy = new Map<string, Remembered>()

  return {
    refer(policy, candidates) {
      const remembered = byPolicy.get(policy.name)
      if (!remembered || !isDeepStrictEqual(remembered.policy, policy)) return null
      const ordered = inOrderOf(remembered, candidates)
      if (!ordered) return null
      const places = changedPlaces(remembered.view, ordered)
      remembered.repeated += places.length - changedPlaces(remembered.last, ordered).length
      remembered.last = ordered
      if (remembered.repeated > CLUSTERS_REPEATED * ordered.length) return null
      return { viewId: remembered.viewId, changes: toStoredChanges(remembered.view, ordered, places) }
    },

    remember(policy, candidates, viewId) {
      byPolicy.delete(policy.name)
      byPolicy.set(policy.name, {
        viewId,
        policy,
        view: candidates,
        places: new Map(candidates.map(({ clusterId }, place) => [clusterId, place])),
        last: candidates,
        repeated: 0,
      })
      const [oldest] = byPolicy.keys()
      if (byPolicy.size > MAX_POLICIES && oldest !== undefined) byPolicy.delete(oldest)
    },
  }
}

/** Null unless it is the same clusters, and all that is not figures is as it was. */
function inOrderOf(
  { view, places }: Remembered,
  candidates: readonly Candidate[],
): readonly Candidate[] | null {
  if (candidates.length !== view.length) return null
  const ordered: Candidate[] = new Array(view.length)
  for (const candidate of candidates) {
    const place = places.get(candidate.clusterId)
    const former = place === undefined ? undefined : view[place]
    if (place === undefined || !former || !standsAs(former, candidate)) return null
    ordered[place] = candidate
  }
  return ordered
}

/** Whether nothing but figures differs. */
function standsAs(a: Candidate, b: Candidate): boolean {
  const { recentBytes: _, figures: isObserved, ...standing } = b
  return (
    (a.figures === null) === (isObserved === null) &&
    Object.entries(standing).every(([key, value]) => isDeepStrictEqual(a[key as keyof Candidate], value))
  )
}
