import type { VolumeId } from '@flotilla/core/identity/ids'
import type { VolumeLease } from '@flotilla/core/ports/volume-lease'
import type { Settlement } from '@flotilla/core/volumes/settlement'
import type pg from 'pg'
import { lockLedger } from '../clusters/lock-ledger.ts'
import type { Database } from '../database/connect.ts'
import { inTransaction, LastStatements, retryOnConflict } from '../database/transaction.ts'
import { isUnchanged, LEASED_COLUMNS, type LeasedRow } from './leased-row.ts'
import { writeAbsent } from './write-absent.ts'
import { writePostponed } from './write-postponed.ts'
import { writePresent } from './write-present.ts'

const RACES_RETRIED = 5

export interface SettledLease {
  readonly lease: VolumeLease
  readonly settlement: Settlement
}

/** What a busy fleet settles most. All else, and what moves the ledger besides, is settled by itself. */
export function isOrdinary({ lease, settlement }: SettledLease): boolean {
  switch (settlement.kind) {
    case 'PRESENT':
      return lease.shrinkToBytes === null
    case 'ABSENT':
      return true
    case 'POSTPONED':
      return settlement.error === null
    default:
      return false
  }
}

/** Those that may share a transaction. Deletions lock their cluster's ledger row, which somebody may hold: no other cluster's wait for it. */
export function groupOf({ lease, settlement: { kind } }: SettledLease): string {
  return kind === 'ABSENT' ? lease.clusterId : kind
}

/**
 * Settles ordinary ones of one group in one transaction, and answers which. A volume whose lease is lost, of which something else is
 * wanted by now, or whose row somebody holds, is left out: none waits for a volume's lock while it holds others.
 */
export function settleTogether(
  database: Database,
  group: readonly SettledLease[],
): Promise<ReadonlySet<VolumeId>> {
  return retryOnConflict(RACES_RETRIED, () =>
    inTransaction<ReadonlySet<VolumeId>>(database.pool, async (client) => {
      const [first] = group
      const ids = group.map(({ lease }) => lease.volumeId)
      const [, { rows }] = await Promise.all([
        first?.settlement.kind === 'ABSENT' && lockLedger(client, [first.lease.clusterId]),
        client.query<LeasedRow & { readonly id: VolumeId }>(
          `SELECT id, ${LEASED_COLUMNS} FROM volume WHERE id = ANY ($1) FOR UPDATE SKIP LOCKED`,
          [ids],
        ),
      ])
      const locked = new Map(rows.map((row) => [row.id, row]))
      const unchanged = group.flatMap((each) => {
        const present = locked.get(each.lease.volumeId)
        return present && isUnchanged(each.lease, present) ? [{ ...each, present }] : []
      })
      const settled = new Set(unchanged.map(({ lease }) => lease.volumeId))
      return new LastStatements(writeAll(client, unchanged).then(() => settled))
    }),
  )
}

async function writeAll(
  client: pg.ClientBase,
  settled: readonly (SettledLease & { readonly present: LeasedRow })[],
): Promise<void> {
  await Promise.all([
    writePresent(
      client,
      settled.flatMap(({ lease, settlement }) =>
        settlement.kind === 'PRESENT' ? [{ lease, ...settlement }] : [],
      ),
    ),
    writePostponed(
      client,
      settled.flatMap(({ lease, settlement }) =>
        settlement.kind === 'POSTPONED' ? [{ lease, settlement }] : [],
      ),
    ),
    writeAbsent(
      client,
      settled.filter(({ settlement }) => settlement.kind === 'ABSENT'),
    ),
  ])
}
