import type { OperationError } from '@flotilla/core/operations/operation'
import type { Settlement, SettleOutcome } from '@flotilla/core/ports/reconcile-store'
import type { VolumeLease } from '@flotilla/core/ports/volume-lease'
import { owedBytes } from '@flotilla/core/volumes/owed-bytes'
import { type FinalSettlement, type SettledVolume, settleVolume } from '@flotilla/core/volumes/settle-volume'
import type pg from 'pg'
import type { Database } from '../database/connect.ts'
import { inTransaction, retryOnConflict } from '../database/transaction.ts'
import { appendEvents } from '../events/append-events.ts'
import { revertAttachments } from '../hosts/attachment-rows.ts'
import { finishOperations, noteAttempt } from '../operations/finish-operation.ts'
import { releaseSources } from '../snapshots/release-sources.ts'
import { writePresent } from './write-present.ts'

const RACES_RETRIED = 5

/** Some take promised bytes back; the ledger row is then locked first, before the volume, as every writer does. */
function movesLedger({ shrinkToBytes }: VolumeLease, { kind }: Settlement): boolean {
  switch (kind) {
    case 'PRESENT':
      return shrinkToBytes !== null
    case 'ABSENT':
    case 'CHANGE_REFUSED':
    case 'GIVEN_UP':
      return true
    case 'VANISHED':
    case 'POSTPONED':
      return false
  }
}

/** Writes the outcome and gives the lease back, in one transaction with the ledger, the operation and the events. */
export function settleLease(
  database: Database,
  lease: VolumeLease,
  settlement: Settlement,
): Promise<SettleOutcome> {
  return retryOnConflict(RACES_RETRIED, () =>
    inTransaction(database.pool, async (client) => {
      if (movesLedger(lease, settlement)) {
        await client.query('SELECT 1 FROM cluster_capacity WHERE cluster_id = $1 FOR UPDATE', [
          lease.clusterId,
        ])
      }
      const { rows } = await client.query<SettledRow>(
        `SELECT state, lease_number AS "leaseNumber", size_bytes AS "sizeBytes", shrink_to_bytes AS "shrinkToBytes", replicas,
                observed_bytes AS "observedBytes", compression, qos_policy AS "qosPolicy", labels,
                former_properties AS "formerProperties"
         FROM volume WHERE id = $1 FOR UPDATE`,
        [lease.volumeId],
      )
      const [present] = rows
      if (present?.leaseNumber !== lease.leaseNumber) return 'LOST'
      if (present.state !== lease.state || present.sizeBytes !== lease.sizeBytes) {
        await release(client, lease)
        return 'CHANGED'
      }
      await settle(client, lease, present, settlement)
      return 'SETTLED'
    }),
  )
}

interface SettledRow extends SettledVolume {
  readonly leaseNumber: bigint
}

async function settle(
  client: pg.ClientBase,
  lease: VolumeLease,
  present: SettledVolume,
  settlement: Settlement,
): Promise<void> {
  switch (settlement.kind) {
    case 'PRESENT':
      if (lease.shrinkToBytes !== null) await discharge(client, lease, present, settlement)
      return writePresent(client, [{ lease, backend: settlement.backend }])
    case 'ABSENT':
      await discharge(client, lease, present, settlement, NOTHING_THERE)
      return conclude(client, lease, null)
    case 'GIVEN_UP':
      await discharge(client, lease, present, settlement, NOTHING_THERE)
      return conclude(client, lease, settlement.error)
    case 'VANISHED':
      await client.query(
        `UPDATE volume SET state = $2, leased_until = NULL, updated_at = clock_timestamp(), revision = revision + 1
         WHERE id = $1`,
        [lease.volumeId, settleVolume(present, settlement).state],
      )
      if (lease.wantedHosts) await revertAttachments(client, lease.volumeId)
      return conclude(client, lease, settlement.error)
    case 'CHANGE_REFUSED':
      await discharge(client, lease, present, settlement)
      if (lease.wantedHosts) await revertAttachments(client, lease.volumeId)
      return conclude(client, lease, settlement.error)
    case 'POSTPONED':
      await client.query(
        `UPDATE volume SET leased_until = NULL,
                next_reconcile_at = clock_timestamp() + make_interval(secs => $2::float8 / 1000),
                create_unknown_at = CASE WHEN $3::boolean THEN create_unknown_at ELSE $4::timestamptz END
         WHERE id = $1`,
        [lease.volumeId, settlement.delayMs, settlement.createUnknown, lease.createUnknownAt],
      )
      if (settlement.error) await noteAttempt(client, lease, settlement.error)
  }
}

/** The cluster's word that it has no such volume. */
const NOTHING_THERE =
  ', observed_size_bytes = NULL, observed_state = NULL, observed_protection = NULL, observed_access = NULL'

/** Writes the settled volume and takes what it no longer promises out of its cluster's pending bytes. */
async function discharge(
  client: pg.ClientBase,
  lease: VolumeLease,
  present: SettledVolume,
  settlement: FinalSettlement,
  andWith = '',
): Promise<void> {
  const settled = settleVolume(present, settlement)
  await client.query(
    `WITH settled AS (
       UPDATE volume SET state = $3, size_bytes = $4, shrink_to_bytes = $5, observed_bytes = $6, compression = $7, qos_policy = $8,
              labels = $9::jsonb, former_properties = $10::jsonb, restore_snapshot_id = NULL, create_unknown_at = NULL,
              deleted_at = CASE $3 WHEN 'DELETED' THEN coalesce(deleted_at, clock_timestamp()) END,
              leased_until = NULL, updated_at = clock_timestamp(), revision = revision + 1${andWith}
       WHERE id = $1)
     UPDATE cluster_capacity
     SET pending_bytes = pending_bytes - $11::bigint,
         provisioned_ratio = (provisioned_bytes + pending_bytes - $11::bigint)::float8 / nullif(effective_bytes, 0)
     WHERE cluster_id = $2`,
    [
      lease.volumeId,
      lease.clusterId,
      settled.state,
      settled.sizeBytes,
      settled.shrinkToBytes,
      settled.observedBytes,
      settled.compression,
      settled.qosPolicy,
      JSON.stringify(settled.labels),
      settled.formerProperties && JSON.stringify(settled.formerProperties),
      owedBytes(present) - owedBytes(settled),
    ],
  )
  await appendEvents(client, { CLUSTER_CHANGED: [lease.clusterId] })
}

async function conclude(
  client: pg.ClientBase,
  lease: VolumeLease,
  error: OperationError | null,
): Promise<void> {
  await appendEvents(client, { VOLUME_CHANGED: [lease.volumeId] })
  await finishOperations(client, [lease], error)
  if (lease.source?.isOwn) await releaseSources(client, [lease.volumeId])
}

async function release(client: pg.ClientBase, lease: VolumeLease): Promise<void> {
  await client.query(
    'UPDATE volume SET leased_until = NULL, next_reconcile_at = clock_timestamp() WHERE id = $1',
    [lease.volumeId],
  )
}
