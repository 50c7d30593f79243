import type { OperationError } from '@flotilla/core/operations/operation'
import type { BackendVolume } from '@flotilla/core/ports/cluster-driver'
import type { VolumeState } from '@flotilla/core/volumes/volume'
import type pg from 'pg'
import type { Database } from '../database/connect.ts'
import { inTransaction, retryOnConflict } from '../database/transaction.ts'
import { appendEvents } from '../events/append-events.ts'
import { revertAttachments } from '../hosts/attachment-rows.ts'
import { finishOperations, noteAttempt } from '../operations/finish-operation.ts'
import { releaseSources } from '../snapshots/release-sources.ts'
import { discharge } from './discharge.ts'
import { revertChange } from './revert-change.ts'
import type { VolumeLease } from './volume-lease.ts'
import { writePresent } from './write-present.ts'

const RACES_RETRIED = 5

/**
 * What became of a leased volume:
 * PRESENT: it is on its cluster as wanted.
 * ABSENT: it is deleted, by the cluster's word.
 * CHANGE_REFUSED: it keeps its former size, and its former properties unless they had been taken already.
 * GIVEN_UP: it cannot be created, and is on no cluster.
 * VANISHED: it was there, and its cluster no longer has it; reported, not made again.
 * POSTPONED: nothing is settled yet; look again after `delayMs`.
 */
export type Settlement =
  | { readonly kind: 'PRESENT'; readonly backend: BackendVolume }
  | { readonly kind: 'ABSENT' }
  | {
      readonly kind: 'CHANGE_REFUSED'
      readonly backend: BackendVolume
      readonly error: OperationError
      readonly propertiesTaken: boolean
    }
  | { readonly kind: 'GIVEN_UP'; readonly error: OperationError }
  | { readonly kind: 'VANISHED'; readonly error: OperationError }
  | {
      readonly kind: 'POSTPONED'
      readonly error: OperationError | null
      readonly delayMs: number
      /** Whether a create was sent under this lease and may yet be carried out. */
      readonly createUnknown: boolean
      /** Whether its cluster was asked for a change under this lease. */
      readonly changeAsked: boolean
    }

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

/** SETTLED; or CHANGED: what is wanted of the volume has changed meanwhile, look again at once; or LOST: another has the lease. */
export type SettleOutcome = 'SETTLED' | 'CHANGED' | 'LOST'

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
        `UPDATE volume SET state = 'MISSING', leased_until = NULL, change_asked_at = NULL, updated_at = clock_timestamp(), revision = revision + 1
         WHERE id = $1`,
        [lease.volumeId],
      )
      if (lease.wantedHosts) await revertAttachments(client, lease.volumeId)
      return conclude(client, lease, settlement.error)
    case 'CHANGE_REFUSED': {
      const { backend, propertiesTaken, error } = settlement
      await revertChange(client, lease, backend.sizeBytes, propertiesTaken)
      return conclude(client, lease, error)
    }
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

/** The cluster has confirmed the smaller size: only now what lies beyond it is promised no more. */
function giveBackShrunk(client: pg.ClientBase, lease: VolumeLease): Promise<void> {
  return discharge(
    client,
    lease,
    'size_bytes = coalesce(shrink_to_bytes, size_bytes), shrink_to_bytes = NULL',
  )
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
