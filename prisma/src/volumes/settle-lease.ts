import type { SettleOutcome } from '@flotilla/core/ports/reconcile-store'
import type { VolumeLease } from '@flotilla/core/ports/volume-lease'
import { type FinalSettlement, settleVolume } from '@flotilla/core/volumes/settle-volume'
import type { Settlement } from '@flotilla/core/volumes/settlement'
import type pg from 'pg'
import { lockLedger } from '../clusters/lock-ledger.ts'
import type { Database } from '../database/connect.ts'
import { inTransaction, retryOnConflict } from '../database/transaction.ts'
import { missAgain } from '../findings/miss-again.ts'
import { type StoredPicture, storedPicture } from '../findings/stored-picture.ts'
import { revertAttachments } from '../hosts/attachment-rows.ts'
import { noteAttempt } from '../operations/finish-operation.ts'
import { conclude } from './conclude.ts'
import { discharge } from './discharge.ts'
import { isUnchanged, LEASED_COLUMNS, type LeasedRow } from './leased-row.ts'
import { takenPart } from './taken-part.ts'
import { NOTHING_THERE, writeAbsent } from './write-absent.ts'
import { writeMade } from './write-made.ts'
import { writePostponed } from './write-postponed.ts'
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
    case 'VANISHED':
      return true
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
    inTransaction(database.pool, (client) => settleWithin(client, lease, settlement)),
  )
}

/** The same as a part of the caller's transaction, which has no other volume locked. */
export async function settleWithin(
  client: pg.ClientBase,
  lease: VolumeLease,
  settlement: Settlement,
): Promise<SettleOutcome> {
  if (movesLedger(lease, settlement)) await lockLedger(client, [lease.clusterId])
  const { rows } = await client.query<LeasedRow>(
    `SELECT ${LEASED_COLUMNS} FROM volume WHERE id = $1 FOR UPDATE`,
    [lease.volumeId],
  )
  const [present] = rows
  if (present?.leaseNumber !== lease.leaseNumber) return 'LOST'
  if (!isUnchanged(lease, present)) {
    await release(client, lease)
    return 'CHANGED'
  }
  await settle(client, lease, present, settlement)
  return 'SETTLED'
}

async function settle(
  client: pg.ClientBase,
  lease: VolumeLease,
  present: LeasedRow,
  settlement: Settlement,
): Promise<void> {
  const dischargeOne = (final: FinalSettlement, andWith?: string) =>
    discharge(client, [{ volume: lease, before: present, after: settleVolume(present, final) }], andWith)
  switch (settlement.kind) {
    case 'PRESENT':
      if (lease.shrinkToBytes !== null) await dischargeOne(settlement)
      return writePresent(client, [{ lease, ...settlement }])
    case 'ABSENT':
      return writeAbsent(client, [{ lease, present }])
    case 'GIVEN_UP':
      // What bears its name there is ours only if an earlier lease may have asked for it.
      if (present.wasThere) await missAgain(client, lease.volumeId, lease.createUnknownAt)
      else {
        await dischargeOne(settlement, NOTHING_THERE)
        await client.query('UPDATE volume SET create_unknown_at = $2 WHERE id = $1', [
          lease.volumeId,
          lease.createUnknownAt,
        ])
      }
      return conclude(client, [lease], settlement.error)
    case 'VANISHED':
      await dischargeOne(settlement)
      if (lease.wantedAccess) await revertAttachments(client, lease.volumeId)
      return conclude(client, [lease], settlement.error)
    case 'CHANGE_REFUSED':
      await dischargeOne(settlement)
      if (lease.state === 'CREATING')
        await writeMade(client, lease, settlement.backend, settlement.createUnknown)
      else await writeTaken(client, lease, settlement)
      if (lease.wantedAccess) await revertAttachments(client, lease.volumeId)
      return conclude(client, [lease], settlement.error)
    case 'POSTPONED':
      await writePostponed(client, [{ lease, settlement }])
      if (settlement.error) await noteAttempt(client, lease, settlement.error)
  }
}

/**
 * What the cluster has taken before it refused the rest is what was written last: it is not somebody else's change. A restore that was carried
 * out, or may have been, brings along the size that its snapshot has.
 */
async function writeTaken(
  client: pg.ClientBase,
  lease: VolumeLease,
  { backend, propertiesTaken }: Extract<Settlement, { readonly kind: 'CHANGE_REFUSED' }>,
): Promise<void> {
  const mayBePutBack = lease.state === 'RESTORING' && (propertiesTaken || lease.restoreUnknownAt !== null)
  if (!propertiesTaken && !mayBePutBack) return
  const taken: Partial<StoredPicture> = {
    ...(propertiesTaken && takenPart(lease, backend)),
    ...(mayBePutBack && { sizeBytes: storedPicture(backend).sizeBytes }),
  }
  await client.query('UPDATE volume SET written = written || $2::jsonb WHERE id = $1', [
    lease.volumeId,
    JSON.stringify(taken),
  ])
}

async function release(client: pg.ClientBase, lease: VolumeLease): Promise<void> {
  await client.query(
    'UPDATE volume SET leased_until = NULL, next_reconcile_at = clock_timestamp() WHERE id = $1',
    [lease.volumeId],
  )
}
