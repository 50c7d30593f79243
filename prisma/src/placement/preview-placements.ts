import { placeInOrder } from '@flotilla/core/placement/place-in-order'
import type { PlacementPolicy } from '@flotilla/core/policies/policy'
import type { PlacementPreview, PreviewRequest } from '@flotilla/core/ports/placement-ledger'
import type { Database } from '../database/connect.ts'
import { inTransaction } from '../database/transaction.ts'
import { uuidIds } from '../identity/uuid-ids.ts'
import { readSnapshot } from './read-snapshot.ts'

/** The view of a real batch and the decisions of a real batch, without its lock and its writes. */
export async function previewPlacements(
  database: Database,
  policy: PlacementPolicy,
  wanted: readonly PreviewRequest[],
): Promise<PlacementPreview> {
  const { candidates, now } = await inTransaction(database.pool, (client) => readSnapshot(client, policy))
  const requests = wanted.map((request) => ({
    ...request,
    volumeId: uuidIds.next('Volume'),
    excludedClusterIds: [],
    growsOn: null,
    group: null,
  }))
  const outcomes = placeInOrder(requests, candidates, policy, now.getTime())
  return {
    decidedAt: now,
    policyName: policy.name,
    policyRevision: policy.revision,
    placements: wanted.flatMap((request, index) => {
      const outcome = outcomes[index]
      return outcome ? [{ ...request, ...outcome }] : []
    }),
  }
}
