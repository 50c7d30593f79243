import { commonClusters } from '../placement/common-clusters.ts'
import type { FleetView } from '../placement/fleet-view.ts'
import type { PlacementRecords } from '../ports/placement-records.ts'
import type { PolicyReader } from '../ports/policy-store.ts'

/**
 * The present fleet as each of these policies sees it, by the policy's name; names that no policy has are left out. All
 * have the same clusters: those that were there all the while.
 */
export async function readViews(
  { records, policies }: { readonly records: PlacementRecords; readonly policies: PolicyReader },
  names: readonly string[],
  groups: readonly string[],
): Promise<ReadonlyMap<string, FleetView>> {
  const views = new Map<string, FleetView>()
  for (const stored of await policies.policiesByNames(names)) {
    if (!stored) continue
    const { policy } = stored
    views.set(policy.name, { ...(await records.readFleet(policy, groups)), policy })
  }
  return commonClusters(views)
}
