import type { OperationError } from '@flotilla/core/operations/operation'
import type { Settlement, SettleOutcome } from '@flotilla/core/ports/reconcile-store'
import type { VolumeLease } from '@flotilla/core/ports/volume-lease'
import { settleVolume } from '@flotilla/core/volumes/settle-volume'
import type { SettledVolume } from '@flotilla/core/volumes/settled-volume'
import type pg from 'pg'
import type { Database } from '../database/connect.ts'
import { inTransaction, retryOnConflict } from '../database/transaction.ts'
import { appendEvents } from '../events/append-events.ts'
import { revertAttachments } from '../hosts/attachment-rows.ts'
import { finishOperations, noteAttempt } from '../operations/finish-operation.ts'
import { releaseSources } from '../snapshots/release-sources.ts'
import { discharge } from './discharge.ts'
import { SETTLED_COLUMNS } from './settled-columns.ts'
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
        `SELECT lease_number AS "leaseNumber", ${SETTLED_COLUMNS}
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
      if (lease.shrinkToBytes !== null)
        await discharge(client, lease, present, settleVolume(present, settlement))
      return writePresent(client, [{ lease, backend: settlement.backend }])
    case 'ABSENT':
      await discharge(client, lease, present, settleVolume(present, settlement), NOTHING_THERE)
      return conclude(client, lease, null)
    case 'GIVEN_UP':
      await discharge(client, lease, present, settleVolume(present, settlement), NOTHING_THERE)
      // What bears its name there is ours only if an earlier lease may have asked for it.
      await client.query('UPDATE volume SET create_unknown_at = $2 WHERE id = $1', [
        lease.volumeId,
        lease.createUnknownAt,
      ])
      return conclude(client, lease, settlement.error)
    case 'VANISHED':
      await client.query(
        `UPDATE volume SET state = $2, leased_until = NULL, change_asked_at = NULL, updated_at = clock_timestamp(), revision = revision + 1,
                settled_generation = generation
         WHERE id = $1`,
        [lease.volumeId, settleVolume(present, settlement).state],
      )
      if (lease.wantedHosts) await revertAttachments(client, lease.volumeId)
      return conclude(client, lease, settlement.error)
    case 'CHANGE_REFUSED':
      await discharge(client, lease, present, settleVolume(present, settlement))
      if (lease.wantedHosts) await revertAttachments(client, lease.volumeId)
      return conclude(client, lease, settlement.error)
    case 'POSTPONED':
      await client.query(
        `UPDATE volume SET leased_until = NULL,
                next_reconcile_at = clock_timestamp() + make_interval(secs => $2::float8 / 1000),
                create_unknown_at = CASE WHEN $3::boolean THEN create_unknown_at ELSE $4::timestamptz END,
                change_asked_at = CASE WHEN $5::boolean THEN change_asked_at ELSE $6::timestamptz END
         WHERE id = $1`,
        [
          lease.volumeId,
          settlement.delayMs,
          settlement.createUnknown,
          lease.createUnknownAt,
          settlement.changeAsked,
          lease.changeAskedAt,
        ],
      )
      if (settlement.error) await noteAttempt(client, lease, settlement.error)
  }
}

/** The cluster's word that it has no such volume. */
const NOTHING_THERE =
  ', observed_size_bytes = NULL, observed_state = NULL, observed_protection = NULL, observed_access = NULL'

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
