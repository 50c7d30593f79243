import type { VolumeId } from '@flotilla/core/identity/ids'
import type { OperationError } from '@flotilla/core/operations/operation'
import type { BackendSnapshot } from '@flotilla/core/snapshots/backend-snapshot'
import { lingeringDelayMs } from '@flotilla/core/snapshots/lingering-delay'
import type { SnapshotState } from '@flotilla/core/snapshots/snapshot'
import type pg from 'pg'
import type { Database } from '../database/connect.ts'
import { inTransaction, retryOnConflict } from '../database/transaction.ts'
import { appendEvents } from '../events/append-events.ts'
import { finishOperations, noteAttempt, noteProgress } from '../operations/finish-operation.ts'
import { MAY_COME_AGAIN } from '../volumes/write-absent.ts'
import { HOLDS_SOURCE } from './holds-source.ts'
import type { SnapshotLease } from './snapshot-lease.ts'

const RACES_RETRIED = 5

/**
 * What became of a leased snapshot:
 * PRESENT: it is on its cluster.
 * ABSENT: it is gone, by the cluster's word.
 * LINGERS: the cluster has taken the deletion and keeps it until its clones are gone.
 * GIVEN_UP: it cannot be taken.
 * POSTPONED: nothing is settled yet; look again after `delayMs`.
 */
export type SnapshotSettlement = (
  | { readonly kind: 'PRESENT'; readonly backend: BackendSnapshot }
  | { readonly kind: 'ABSENT' }
  | { readonly kind: 'LINGERS' }
  | { readonly kind: 'GIVEN_UP'; readonly error: OperationError }
  | { readonly kind: 'POSTPONED'; readonly error: OperationError | null; readonly delayMs: number }
) & {
  /** A create under this lease had no answer, and may be carried out besides. */
  readonly createUnknown?: boolean
}

/** As of a volume's. */
export type SnapshotSettleOutcome = 'SETTLED' | 'CHANGED' | 'LOST'

/** Writes the outcome and gives the lease back, in one transaction with the operation and the events. */
export function settleSnapshot(
  database: Database,
  lease: SnapshotLease,
  settlement: SnapshotSettlement,
): Promise<SnapshotSettleOutcome> {
  return retryOnConflict(RACES_RETRIED, () =>
    inTransaction(database.pool, async (client) => {
      const { rows } = await client.query<{ state: SnapshotState; lease_number: bigint }>(
        'SELECT state, lease_number FROM snapshot WHERE id = $1 FOR UPDATE',
        [lease.snapshotId],
      )
      const [present] = rows
      if (present?.lease_number !== lease.leaseNumber) return 'LOST'
      if (present.state !== lease.state) {
        await write(client, lease, 'next_reconcile_at = clock_timestamp()')
        return 'CHANGED'
      }
      await settle(client, lease, settlement)
      return 'SETTLED'
    }),
  )
}

const CHANGED = 'updated_at = clock_timestamp(), revision = revision + 1'
const NOTHING_THERE = 'observed_state = NULL, observed_at = clock_timestamp()'
const LATER = `next_reconcile_at = clock_timestamp() + make_interval(secs => $2::float8 / 1000)`

async function settle(
  client: pg.ClientBase,
  lease: SnapshotLease,
  settlement: SnapshotSettlement,
): Promise<void> {
  const unknownAt = settlement.createUnknown ? lease.leasedAt : lease.createUnknownAt
  switch (settlement.kind) {
    case 'PRESENT': {
      const { backendId, sizeBytes, state } = settlement.backend
      await write(
        client,
        lease,
        `state = 'AVAILABLE', backend_id = $2, size_bytes = $3, observed_state = $4, observed_at = clock_timestamp(),
         acknowledged_at = clock_timestamp(), ${CHANGED},
         expires_at = clock_timestamp() + make_interval(secs => retention_seconds),
         next_reconcile_at = clock_timestamp() + make_interval(secs => coalesce(retention_seconds, 0)), create_unknown_at = $5`,
        [backendId, sizeBytes, state, unknownAt],
      )
      return conclude(client, lease, null)
    }
    case 'ABSENT':
      await write(
        client,
        lease,
        `state = CASE state WHEN 'FAILED' THEN 'FAILED' ELSE 'DELETED' END,
         deleted_at = CASE state WHEN 'FAILED' THEN NULL ELSE coalesce(deleted_at, clock_timestamp()) END,
         ${NOTHING_THERE}, ${CHANGED}${MAY_COME_AGAIN}`,
      )
      return conclude(client, lease, null)
    case 'LINGERS':
      return linger(client, lease)
    case 'GIVEN_UP':
      await write(client, lease, `state = 'FAILED', ${NOTHING_THERE}, ${CHANGED}, create_unknown_at = $2`, [
        unknownAt,
      ])
      await noteToClone(client, lease, settlement.error)
      return conclude(client, lease, settlement.error)
    case 'POSTPONED':
      await write(client, lease, `${LATER}, create_unknown_at = $3`, [settlement.delayMs, unknownAt])
      if (!settlement.error) return
      await noteToClone(client, lease, settlement.error)
      await noteAttempt(client, lease, settlement.error)
  }
}

/** Nobody has asked for a snapshot that is taken for one clone only: what stands in its way is told by the creation of that. */
async function noteToClone(
  client: pg.ClientBase,
  { snapshotId, state, leasedAt }: SnapshotLease,
  error: OperationError,
): Promise<void> {
  if (state !== 'CREATING') return
  const { rows } = await client.query<{ volumeId: VolumeId }>(
    `SELECT volume.id AS "volumeId" FROM snapshot JOIN volume ON volume.id = made_for_id
     WHERE snapshot.id = $1 AND volume.state = 'CREATING'`,
    [snapshotId],
  )
  for (const { volumeId } of rows) await noteAttempt(client, { volumeId, leasedAt }, error)
}

async function linger(client: pg.ClientBase, lease: SnapshotLease): Promise<void> {
  const isNew = lease.state !== 'LINGERING'
  const { cloneCount, stillMs } = await readHolding(client, lease)
  const delayMs = lingeringDelayMs({ cloneCount, stillMs: isNew ? 0 : stillMs })
  if (!isNew) return write(client, lease, LATER, [delayMs])
  await write(
    client,
    lease,
    `state = 'LINGERING', observed_state = 'DELETING', observed_at = clock_timestamp(), ${CHANGED}, ${LATER}`,
    [delayMs],
  )
  await appendEvents(client, { SNAPSHOT_CHANGED: [lease.snapshotId] })
  const clones = cloneCount === 1 ? 'its clone is' : `its ${cloneCount || ''} clones are`.replace('  ', ' ')
  await noteProgress(client, lease, `its cluster keeps the snapshot until ${clones} gone`)
}

interface Holding {
  readonly cloneCount: number
  readonly stillMs: number
}

/** Read behind the snapshot's lock, not with the lease: a clone that ends later finds the snapshot as this leaves it, and wakes it. */
async function readHolding(client: pg.ClientBase, { snapshotId }: SnapshotLease): Promise<Holding> {
  const { rows } = await client.query<Holding>(
    `SELECT count(*) FILTER (WHERE ${HOLDS_SOURCE})::int AS "cloneCount",
            1000 * extract(epoch FROM clock_timestamp()
              - greatest(snapshot.updated_at, max(clone.updated_at), max(clone.observed_at)))::float8 AS "stillMs"
     FROM snapshot LEFT JOIN volume AS clone ON clone.source_snapshot_id = snapshot.id
     WHERE snapshot.id = $1 GROUP BY snapshot.id`,
    [snapshotId],
  )
  const [row] = rows
  if (!row) throw new Error('a locked snapshot vanished')
  return row
}

async function conclude(
  client: pg.ClientBase,
  lease: SnapshotLease,
  error: OperationError | null,
): Promise<void> {
  await appendEvents(client, { SNAPSHOT_CHANGED: [lease.snapshotId] })
  await finishOperations(client, [lease], error)
}

async function write(
  client: pg.ClientBase,
  lease: SnapshotLease,
  assignments: string,
  values: readonly unknown[] = [],
): Promise<void> {
  await client.query(`UPDATE snapshot SET leased_until = NULL, ${assignments} WHERE id = $1`, [
    lease.snapshotId,
    ...values,
  ])
}
