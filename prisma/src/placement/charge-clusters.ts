import type { ClusterId } from '@flotilla/core/identity/ids'
import type { DecidedRequest } from '@flotilla/core/placement/decide-batch'
import { allowsCharge, type PromisedCharge, promisedCharges } from '@flotilla/core/placement/promised-charge'
import type { PlacementPolicy } from '@flotilla/core/policies/policy'
import type pg from 'pg'
import { StaleSnapshotError } from '../database/transaction.ts'
import { LEDGER_COLUMNS, type LedgerRow, toFigures } from './ledger-row.ts'
import type { Snapshot } from './read-snapshot.ts'

/**
 * Adds what was decided to the clusters' pending bytes. To be called last in a transaction, as polls wait for these rows.
 *
 * A poll that has replaced a cluster's figures since the snapshot was read comes after the batch in the order of things:
 * its sum of our own volumes is short of exactly what is added here. Only when the new figures would not allow what
 * was decided does it throw StaleSnapshotError, and the batch is decided again on them.
 */
export async function chargeClusters(
  client: pg.ClientBase,
  snapshot: Snapshot,
  policy: PlacementPolicy,
  decided: readonly DecidedRequest[],
): Promise<void> {
  const charges = promisedCharges(decided)
  if (charges.length === 0) return
  const charged = await addPending(client, charges, snapshot.sequences)
  const renewed = charges.filter(({ clusterId }) => !charged.has(clusterId))
  if (renewed.length === 0) return
  const { rows } = await client.query<LedgerRow & { cluster_id: ClusterId }>(
    `SELECT cluster_id, ${LEDGER_COLUMNS} FROM cluster_capacity WHERE cluster_id = ANY ($1)
     ORDER BY cluster_id FOR UPDATE`,
    [renewed.map(({ clusterId }) => clusterId)],
  )
  const present = new Map(rows.map((row) => [row.cluster_id, row]))
  for (const charge of renewed) {
    const row = present.get(charge.clusterId)
    if (!row || !allowsCharge(toFigures(row, 0), policy, charge))
      throw new StaleSnapshotError('a poll came in between')
  }
  await addPending(client, renewed, new Map(rows.map((row) => [row.cluster_id, row.sequence])))
}

/** Where the figures are still those of this poll; answers where they were. */
async function addPending(
  client: pg.ClientBase,
  charges: readonly PromisedCharge[],
  sequences: Snapshot['sequences'],
): Promise<ReadonlySet<ClusterId>> {
  const { rows } = await client.query<{ cluster_id: ClusterId }>(
    `UPDATE cluster_capacity AS capacity
     SET pending_bytes = pending_bytes + charge.bytes,
         provisioned_ratio = (provisioned_bytes + pending_bytes + charge.bytes)::float8 / nullif(effective_bytes, 0)
     FROM unnest($1::text[], $2::bigint[], $3::bigint[]) AS charge(cluster_id, bytes, sequence)
     WHERE capacity.cluster_id = charge.cluster_id AND capacity.sequence = charge.sequence
     RETURNING capacity.cluster_id`,
    [
      charges.map(({ clusterId }) => clusterId),
      charges.map(({ bytes }) => bytes),
      charges.map(({ clusterId }) => sequences.get(clusterId)),
    ],
  )
  return new Set(rows.map((row) => row.cluster_id))
}
