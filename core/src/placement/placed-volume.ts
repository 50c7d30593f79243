import { backendNameOf } from '../volumes/backend-name.ts'
import type { Volume } from '../volumes/volume.ts'
import { groupOfKey } from '../volumes/volume-group.ts'
import type { IntentOutcome } from './decide-batch.ts'

/** The record of a volume as its placement leaves it: intent, and nothing asked of any cluster yet. */
export function placedVolume(
  { intent, decision, backendProject }: Extract<IntentOutcome, { kind: 'CREATED' }>,
  now: Date,
): Volume {
  if (!decision.decision.clusterId) throw new Error('a created volume has a cluster')
  const { group, source, ...wanted } = intent.volume
  return {
    ...wanted,
    sourceSnapshotId: source?.snapshotId ?? null,
    group: group === null ? null : groupOfKey(group),
    policyName: decision.decision.policyName,
    policyRevision: decision.decision.policyRevision,
    state: 'CREATING',
    shrinkToBytes: null,
    clusterId: decision.decision.clusterId,
    backendName: backendNameOf(intent.volume.id),
    backendProject,
    adoptedAt: null,
    backendId: null,
    observed: null,
    decisionId: decision.decision.id,
    revision: 1,
    generation: 1,
    settledGeneration: 0,
    createdAt: now,
    updatedAt: now,
    deletedAt: null,
  }
}
