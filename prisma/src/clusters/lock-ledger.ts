import type { ClusterId } from '@flotilla/core/identity/ids'
import type pg from 'pg'
import { prepared } from '../database/prepared.ts'

const LOCK = prepared(
  'SELECT 1 FROM cluster_capacity WHERE cluster_id = ANY ($1) ORDER BY cluster_id FOR UPDATE',
)

/** Locks the ledger rows of these clusters, in the order that every writer keeps; before any volume's row. */
export async function lockLedger(client: pg.ClientBase, clusterIds: readonly ClusterId[]): Promise<void> {
  await client.query(LOCK([clusterIds]))
}
