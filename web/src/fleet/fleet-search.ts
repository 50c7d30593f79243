export const CLUSTER_SORTS = ['name', 'state', 'ratio', 'used', 'free', 'observed'] as const
export type ClusterSort = (typeof CLUSTER_SORTS)[number]

/** What the fleet page shows, as kept in its address. */
export interface FleetSearch {
  readonly q?: string
  readonly sort?: ClusterSort
  readonly desc?: true
  /** The dialog for registering a cluster is open. */
  readonly register?: true
}

/** Reads the address leniently: what it does not know, it leaves out. */
export function parseFleetSearch(search: Record<string, unknown>): FleetSearch {
  const sort = CLUSTER_SORTS.find((known) => known === search.sort)
  return {
    ...(search.q ? { q: String(search.q) } : {}),
    ...(sort ? { sort } : {}),
    ...(search.desc === true ? { desc: true } : {}),
    ...(search.register === true ? { register: true } : {}),
  }
}
