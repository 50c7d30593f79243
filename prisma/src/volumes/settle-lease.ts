import type { OperationError } from '@flotilla/core/operations/operation'
import type { Settlement, SettleOutcome } from '@flotilla/core/ports/reconcile-store'
import type { VolumeLease } from '@flotilla/core/ports/volume-lease'
import type { VolumeState } from '@flotilla/core/volumes/volume'
import type pg from 'pg'
import type { Database } from '../database/connect.ts'
import { inTransaction, retryOnConflict } from '../database/transaction.ts'
import { appendEvents } from '../events/append-events.ts'
import { revertAttachments } from '../hosts/attachment-rows.ts'
import { finishOperations, noteAttempt } from '../operations/finish-operation.ts'
import { releaseSources } from '../snapshots/release-sources.ts'
import { GONE } from './gone.ts'
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
      const { rows } = await client.query<{ state: VolumeState; lease_number: bigint; size_bytes: bigint }>(
        'SELECT state, lease_number, size_bytes FROM volume WHERE id = $1 FOR UPDATE',
        [lease.volumeId],
      )
      const [present] = rows
      if (present?.lease_number !== lease.leaseNumber) return 'LOST'
      if (present.state !== lease.state || present.size_bytes !== lease.sizeBytes) {
        await release(client, lease)
        return 'CHANGED'
      }
      await settle(client, lease, settlement)
      return 'SETTLED'
    }),
  )
}

/** The cluster's word that it has no such volume. */
const NOTHING_THERE =
  'observed_bytes = 0, observed_size_bytes = NULL, observed_state = NULL, observed_protection = NULL, observed_access = NULL'

async function settle(client: pg.ClientBase, lease: VolumeLease, settlement: Settlement): Promise<void> {
  switch (settlement.kind) {
    case 'PRESENT':
      if (lease.shrinkToBytes !== null) await giveBackShrunk(client, lease)
      return writePresent(client, [{ lease, backend: settlement.backend }])
    case 'ABSENT':
      await discharge(
        client,
        lease,
        `state = CASE state WHEN 'FAILED' THEN 'FAILED' ELSE 'DELETED' END,
         deleted_at = CASE state WHEN 'FAILED' THEN NULL ELSE coalesce(deleted_at, clock_timestamp()) END, ${NOTHING_THERE}`,
      )
      return conclude(client, lease, null)
    case 'GIVEN_UP':
      await discharge(client, lease, `state = 'FAILED', create_unknown_at = NULL, ${NOTHING_THERE}`)
      return conclude(client, lease, settlement.error)
    case 'VANISHED':
      await client.query(
        `UPDATE volume SET state = 'MISSING', leased_until = NULL, updated_at = clock_timestamp(), revision = revision + 1
         WHERE id = $1`,
        [lease.volumeId],
      )
      if (lease.wantedHosts) await revertAttachments(client, lease.volumeId)
      return conclude(client, lease, settlement.error)
    case 'CHANGE_REFUSED':
      await discharge(client, lease, keepFormer(lease, settlement))
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

/** The cluster has confirmed the smaller size: only now what lies beyond it is promised no more. */
function giveBackShrunk(client: pg.ClientBase, lease: VolumeLease): Promise<void> {
  return discharge(
    client,
    lease,
    'size_bytes = coalesce(shrink_to_bytes, size_bytes), shrink_to_bytes = NULL',
  )
}

/** What shrinks was promised at its former size all the while; what grows is left with what the cluster has. */
function keepFormer(
  { state, shrinkToBytes }: VolumeLease,
  { backend, propertiesTaken }: Extract<Settlement, { kind: 'CHANGE_REFUSED' }>,
): string {
  const mayBeLess = state !== 'UPDATING' && shrinkToBytes === null
  const size = mayBeLess ? `size_bytes = least(size_bytes, ${backend.sizeBytes})` : 'shrink_to_bytes = NULL'
  const properties = propertiesTaken
    ? ''
    : `, compression = coalesce((former_properties ->> 'compression')::boolean, compression),
       qos_policy = CASE WHEN former_properties IS NULL THEN qos_policy ELSE former_properties ->> 'qosPolicy' END,
       labels = coalesce(former_properties -> 'labels', labels)`
  return `state = 'AVAILABLE', ${size}, former_properties = NULL, restore_snapshot_id = NULL${properties}`
}

/**
 * Applies `assignments` to the volume and takes what it no longer promises out of its cluster's pending bytes: exactly
 * the difference of its charge, max(0, size x replicas - observed) while it is charged at all.
 */
async function discharge(client: pg.ClientBase, lease: VolumeLease, assignments: string): Promise<void> {
  await client.query(
    `WITH before AS (SELECT ${CHARGE} AS bytes FROM volume WHERE id = $1),
          after AS (
            UPDATE volume SET ${assignments}, leased_until = NULL, updated_at = clock_timestamp(), revision = revision + 1
            WHERE id = $1 RETURNING ${CHARGE} AS bytes)
     UPDATE cluster_capacity AS capacity
     SET pending_bytes = pending_bytes - before.bytes + after.bytes,
         provisioned_ratio = (provisioned_bytes + pending_bytes - before.bytes + after.bytes)::float8
                             / nullif(effective_bytes, 0)
     FROM before, after WHERE cluster_id = $2`,
    [lease.volumeId, lease.clusterId],
  )
  await appendEvents(client, { CLUSTER_CHANGED: [lease.clusterId] })
}

const CHARGE = `CASE WHEN state IN ${GONE} THEN 0
                     ELSE greatest(0, size_bytes * replicas - observed_bytes) END`

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
