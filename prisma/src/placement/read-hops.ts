import type { DecisionId } from '@flotilla/core/identity/ids'
import type { RecordedHop } from '@flotilla/core/placement/recorded-hop'
import type pg from 'pg'
import type { DecisionRow } from './read-batches.ts'
import { replayRows } from './read-decisions.ts'

/** Every hop of each decision, the first one first, worked out again like its latest one. @throws RecordFaultError */
export async function readHops(
  pool: pg.Pool,
  ids: readonly DecisionId[],
): Promise<readonly (readonly RecordedHop[])[]> {
  const { rows } = await pool.query<DecisionRow>(
    'SELECT * FROM placement_decision WHERE id = ANY ($1) ORDER BY id, hop',
    [ids],
  )
  const hops = Map.groupBy(await replayRows(pool, rows), ({ decision }) => decision.id)
  return ids.map((id) => hops.get(id) ?? [])
}
