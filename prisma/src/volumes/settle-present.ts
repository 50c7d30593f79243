import type { VolumeId } from '@flotilla/core/identity/ids'
import type { VolumeState } from '@flotilla/core/volumes/volume'
import type pg from 'pg'
import type { Database } from '../database/connect.ts'
import { inTransaction, retryOnConflict } from '../database/transaction.ts'
import { type PresentVolume, writePresent } from './write-present.ts'

const RACES_RETRIED = 5

/**
 * Settles what can be settled at once, in one transaction, and answers which. A volume whose lease is lost, of which
 * something else is wanted by now, or whose row somebody holds, is left out: it never waits for a lock while it holds others.
 */
export function settlePresent(
  database: Database,
  present: readonly PresentVolume[],
): Promise<ReadonlySet<VolumeId>> {
  return retryOnConflict(RACES_RETRIED, () =>
    inTransaction(database.pool, (client) => settle(client, present)),
  )
}

async function settle(
  client: pg.ClientBase,
  present: readonly PresentVolume[],
): Promise<ReadonlySet<VolumeId>> {
  const { rows } = await client.query<{
    id: VolumeId
    state: VolumeState
    lease_number: bigint
    size_bytes: bigint
  }>('SELECT id, state, lease_number, size_bytes FROM volume WHERE id = ANY ($1) FOR UPDATE SKIP LOCKED', [
    present.map(({ lease }) => lease.volumeId),
  ])
  const locked = new Map(rows.map((row) => [row.id, row]))
  const unchanged = present.filter(({ lease }) => {
    const row = locked.get(lease.volumeId)
    return (
      row?.lease_number === lease.leaseNumber &&
      row.state === lease.state &&
      row.size_bytes === lease.sizeBytes
    )
  })
  if (unchanged.length > 0) await writePresent(client, unchanged)
  return new Set(unchanged.map(({ lease }) => lease.volumeId))
}
