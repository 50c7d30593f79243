import type { ClusterId } from '../identity/ids.ts'
import type { FleetView } from './fleet-view.ts'

/**
 * Views that were read one after the other, with the clusters that all of them have: one may have joined or gone
 * meanwhile, and who places over several views needs the same ones in each.
 */
export function commonClusters(views: ReadonlyMap<string, FleetView>): ReadonlyMap<string, FleetView> {
  const counts = new Map<ClusterId, number>()
  for (const { candidates } of views.values()) {
    for (const { clusterId } of candidates) counts.set(clusterId, (counts.get(clusterId) ?? 0) + 1)
  }
  return new Map(
    [...views].map(([name, view]) => [
      name,
      {
        ...view,
        candidates: view.candidates.filter(({ clusterId }) => counts.get(clusterId) === views.size),
      },
    ]),
  )
}
