import type { ClusterId } from '@flotilla/core/identity/ids'
import type { OperationError } from '@flotilla/core/operations/operation'
import { givenUpError } from '@flotilla/core/placement/given-up-error'
import { mayHop, nextHop, type RefusedChoice } from '@flotilla/core/placement/next-hop'
import type { ReplaceOutcome } from '@flotilla/core/ports/reconcile-store'
import type { VolumeLease } from '@flotilla/core/ports/volume-lease'
import type pg from 'pg'
import { lockLedger } from '../clusters/lock-ledger.ts'
import type { Database } from '../database/connect.ts'
import { inTransaction, retryOnConflict } from '../database/transaction.ts'
import { appendEvents } from '../events/append-events.ts'
import { noteAttempt } from '../operations/finish-operation.ts'
import { chargeClusters } from '../placement/charge-clusters.ts'
import { TAKE_PLACEMENT_LOCK } from '../placement/placement-lock.ts'
import { readSnapshot } from '../placement/read-snapshot.ts'
import { rememberedViews } from '../placement/remembered-views.ts'
import { readGroups } from '../placement/stored-groups.ts'
import { writeDecisions } from '../placement/write-decisions.ts'
import type { PolicyCache } from '../policies/policy-cache.ts'
import { settleWithin } from './settle-lease.ts'

const RACES_RETRIED = 8

interface PresentChoice extends RefusedChoice {
  readonly policyName: string
}

/**
 * Moves a volume that its cluster has definitely refused to the next best one: decided like any placement, under the
 * current revision of its policy, appended to the same decision, and the ledger of both clusters moved in the same transaction. Where no other qualifies that is
 * appended too, with the verdicts, and the volume is given up at once: no cluster is asked for it after its decision says that there is none. Only for a volume that
 * the former cluster certainly does not have (design.md 3, rule 2).
 */
export function replaceVolume(
  database: Database,
  policies: PolicyCache,
  lease: VolumeLease,
  refusal: OperationError,
): Promise<ReplaceOutcome> {
  return retryOnConflict(RACES_RETRIED, () =>
    inTransaction(
      database.pool,
      async (client) => {
        await lockLedger(client, [lease.clusterId])
        const present = await readPresentChoice(client, lease)
        if (!present) {
          await giveBack(client, lease)
          return 'CHANGED'
        }
        if (!mayHop(present)) return giveUp(client, lease, givenUpError(refusal, present))
        const { policyName, group } = present
        const policy = await policies.readCurrent(client, policyName)
        if (!policy) throw new Error(`policy ${policyName} of ${lease.volumeId} is gone`)
        const snapshot = await readSnapshot(client, policy)
        const groups = await readGroups(client, group === null ? [] : [group], lease.volumeId)
        const hop = nextHop(lease, present, policy, { ...snapshot, groups, nowMs: snapshot.now.getTime() })
        const { clusterId } = hop.decision
        const decided = [hop]
        const write = () =>
          writeDecisions(client, rememberedViews(database), { ...snapshot, policy, groups }, decided)
        if (!clusterId) {
          const outcome = await giveUp(client, lease, givenUpError(refusal, present))
          if (outcome === 'NOWHERE') await write()
          return outcome
        }
        await write()
        await moveVolume(client, lease, clusterId, policy.revision)
        await noteAttempt(client, lease, refusal)
        await appendEvents(client, {
          CLUSTER_CHANGED: [lease.clusterId, clusterId],
          VOLUME_CHANGED: [lease.volumeId],
        })
        await chargeClusters(client, snapshot, policy, decided)
        return 'REPLACED'
      },
      TAKE_PLACEMENT_LOCK,
    ),
  )
}

async function giveUp(
  client: pg.ClientBase,
  lease: VolumeLease,
  error: OperationError,
): Promise<'NOWHERE' | 'CHANGED'> {
  const outcome = await settleWithin(client, lease, { kind: 'GIVEN_UP', error })
  return outcome === 'SETTLED' ? 'NOWHERE' : 'CHANGED'
}

/** What is wanted now is another's work, who should not have to wait for our lease to end. */
async function giveBack(client: pg.ClientBase, lease: VolumeLease): Promise<void> {
  await client.query('UPDATE volume SET leased_until = NULL WHERE id = $1 AND lease_number = $2', [
    lease.volumeId,
    lease.leaseNumber,
  ])
}

async function readPresentChoice(
  client: pg.ClientBase,
  lease: VolumeLease,
): Promise<PresentChoice | undefined> {
  const { rows } = await client.query<PresentChoice>(
    `SELECT CASE WHEN acknowledged_at IS NULL THEN decision_id END AS "decisionId", hop, excluded_cluster_ids AS "excludedClusterIds", pinned_to AS "pinnedTo",
            volume.policy_name AS "policyName", volume.placement_group AS "group"
     FROM volume LEFT JOIN placement_decision AS decision ON decision.id = decision_id
     WHERE volume.id = $1 AND lease_number = $2 AND state = 'CREATING' ORDER BY hop DESC LIMIT 1 FOR UPDATE OF volume`,
    [lease.volumeId, lease.leaseNumber],
  )
  return rows[0]
}

/** The lease ends with it: what it knew was about the former cluster. */
async function moveVolume(
  client: pg.ClientBase,
  lease: VolumeLease,
  clusterId: ClusterId,
  policyRevision: number,
): Promise<void> {
  await client.query(
    `WITH moved AS (
       UPDATE volume SET cluster_id = $2, policy_revision = $4, leased_until = NULL, lease_number = lease_number + 1, next_reconcile_at = clock_timestamp(),
              create_unknown_at = NULL, backend_id = NULL, observed_bytes = 0, updated_at = clock_timestamp(), revision = revision + 1
       WHERE id = $1),
     former AS (SELECT greatest(0, size_bytes * replicas - observed_bytes) AS bytes FROM volume WHERE id = $1)
     UPDATE cluster_capacity AS capacity
     SET pending_bytes = pending_bytes - former.bytes,
         provisioned_ratio = (provisioned_bytes + pending_bytes - former.bytes)::float8 / nullif(effective_bytes, 0)
     FROM former WHERE cluster_id = $3`,
    [lease.volumeId, clusterId, lease.clusterId, policyRevision],
  )
}
