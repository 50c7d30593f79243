import { ExplainedPlacer } from '@flotilla/core/placement/explained-placer'
import type { PlacementPreview, PreviewRequest } from '@flotilla/core/ports/placement-ledger'
import type { Database } from '../database/connect.ts'
import { inTransaction } from '../database/transaction.ts'
import { uuidIds } from '../identity/uuid-ids.ts'
import type { PolicyCache } from '../policies/policy-cache.ts'
import { refuseUnknownPolicy } from '../policies/refuse-unknown-policy.ts'
import { readSnapshot } from './read-snapshot.ts'
import { readGroups } from './stored-groups.ts'

/** The view of a real batch and the decisions of a real batch, without its lock and its writes. */
export async function previewPlacements(
  database: Database,
  policies: PolicyCache,
  policyName: string,
  wanted: readonly PreviewRequest[],
): Promise<PlacementPreview> {
  const { policy, snapshot, groups } = await inTransaction(database.pool, async (client) => {
    const policy = await policies.readCurrent(client, policyName)
    if (!policy) throw await refuseUnknownPolicy(client, policyName, ['policy'])
    const snapshot = await readSnapshot(client, policy)
    return { policy, snapshot, groups: await readGroups(client, groupsOf(wanted)) }
  })
  const requests = wanted.map(({ sizeBytes, replicas, group }) => ({
    sizeBytes,
    replicas: replicas ?? policy.defaultReplicas,
    group,
    volumeId: uuidIds.next('Volume'),
    excludedClusterIds: [],
    growsOn: null,
  }))
  const { candidates, now } = snapshot
  const placer = new ExplainedPlacer({ candidates, groups, nowMs: now.getTime() }, policy)
  return {
    decidedAt: now,
    policyName: policy.name,
    policyRevision: policy.revision,
    placements: requests.map((request) => ({
      sizeBytes: request.sizeBytes,
      replicas: request.replicas,
      outcome: placer.place(request),
    })),
  }
}

function groupsOf(wanted: readonly PreviewRequest[]): readonly string[] {
  return [...new Set(wanted.flatMap(({ group }) => (group === null ? [] : [group])))]
}
