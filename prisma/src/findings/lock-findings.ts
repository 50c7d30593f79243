import type { ClusterId } from '@flotilla/core/identity/ids'
import type pg from 'pg'
import { prepared } from '../database/prepared.ts'

export interface FindingsState {
  readonly sequence: bigint
  readonly digest: string | null
}

const MAKE = prepared(
  `INSERT INTO cluster_findings (cluster_id) SELECT id FROM cluster WHERE id = ANY ($1) ORDER BY id ON CONFLICT DO NOTHING`,
)
const LOCK = prepared(
  'SELECT cluster_id, sequence, digest FROM cluster_findings WHERE cluster_id = ANY ($1) ORDER BY cluster_id FOR UPDATE',
)

/** Whoever changes findings of clusters takes turns here, before any other lock. In the order of ids. */
export async function lockFindings(
  client: pg.ClientBase,
  clusterIds: readonly ClusterId[],
): Promise<ReadonlyMap<ClusterId, FindingsState>> {
  await client.query(MAKE([clusterIds]))
  const { rows } = await client.query<FindingsState & { cluster_id: ClusterId }>(LOCK([clusterIds]))
  return new Map(rows.map((row) => [row.cluster_id, row]))
}
