import { type DomainError, InvalidInputError } from '@flotilla/core/errors'
import { ExplainedPlacer } from '@flotilla/core/placement/explained-placer'
import type { PlacementPreview, PreviewRequest } from '@flotilla/core/ports/placement-ledger'
import { cloneFault, sourceIdOf } from '@flotilla/core/volumes/clone-source'
import type { Database } from '../database/connect.ts'
import { inTransaction } from '../database/transaction.ts'
import { uuidIds } from '../identity/uuid-ids.ts'
import type { PolicyCache } from '../policies/policy-cache.ts'
import { refuseUnknownPolicy } from '../policies/refuse-unknown-policy.ts'
import { readSnapshot } from './read-snapshot.ts'
import { readSources } from './read-sources.ts'
import { readGroups } from './stored-groups.ts'

/** The view of a real batch and the decisions of a real batch, without its lock and its writes. */
export async function previewPlacements(
  database: Database,
  policies: PolicyCache,
  policyName: string,
  wanted: readonly PreviewRequest[],
): Promise<PlacementPreview> {
  const { policy, snapshot, sources, groups } = await inTransaction(database.pool, async (client) => {
    const policy = await policies.readCurrent(client, policyName)
    if (!policy) throw await refuseUnknownPolicy(client, policyName, ['policy'])
    const snapshot = await readSnapshot(client, policy)
    const sources = await readSources(
      client,
      wanted.flatMap(({ source }) => source ?? []),
    )
    return { policy, snapshot, sources, groups: await readGroups(client, groupsOf(wanted)) }
  })
  const requests = wanted.map(({ group, source, project, ...request }, index) => {
    const origin = source ? sources.get(sourceIdOf(source)) : undefined
    const replicas = request.replicas ?? origin?.replicas ?? policy.defaultReplicas
    const sizeBytes = request.sizeBytes ?? origin?.sizeBytes ?? 0n
    const compression = origin?.compression ?? policy.defaultCompression
    const fault = source && cloneFault(source, origin, { project, sizeBytes, replicas, compression })
    if (fault) throw faultOfRequest(fault, index)
    return {
      sizeBytes,
      replicas,
      group,
      volumeId: uuidIds.next('Volume'),
      excludedClusterIds: [],
      growsOn: null,
      pinnedTo: origin?.clusterId ?? null,
    }
  })
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

/** The only refusal that a preview knows. */
function faultOfRequest({ message, path }: DomainError, index: number): InvalidInputError {
  const [first = '', ...rest] = path
  return new InvalidInputError([
    { path: [first, String(index), ...rest], message, allowed: 'what createVolume would accept' },
  ])
}

function groupsOf(wanted: readonly PreviewRequest[]): readonly string[] {
  return [...new Set(wanted.flatMap(({ group }) => (group === null ? [] : [group])))]
}
