import type { VolumeId } from '@flotilla/core/identity/ids'
import type pg from 'pg'
import { GONE } from '../volumes/gone.ts'

/** What a recreation forgets of a lost volume. Former versions forgot its project as well, and may run beside this one. */
const FORMER_COLUMNS = [
  'backend_id',
  'backend_name',
  'backend_project',
  'observed_name',
  'written',
  'adopted_at',
  'source_snapshot_id',
] as const

/** SQL for what the volume was, unless another volume is that by now. */
const GIVEN_BACK = FORMER_COLUMNS.map(
  (column) => `${column} = CASE WHEN is_adopted THEN present.${column} ELSE former.${column} END`,
).join(', ')

/** Of the volume, as the operation of its recreation keeps it. */
export async function readFormer(client: pg.ClientBase, id: VolumeId): Promise<object> {
  const { rows } = await client.query<{ former: object }>(
    `SELECT to_jsonb(former) AS former FROM (SELECT ${FORMER_COLUMNS.join(', ')} FROM volume WHERE id = $1) AS former`,
    [id],
  )
  const [row] = rows
  if (!row) throw new Error(`${id} vanished`)
  return row.former
}

/**
 * Ends a recreation that came to nothing, whose operation must not have ended: the volume is MISSING as it was, so that it is taken for
 * ours should it turn up, and can be recreated or forgotten. Where what it was has been adopted meanwhile, that is another volume, and
 * nothing on the cluster is this one. Its bytes have stayed promised. The next poll opens its finding again. The ledger row must be locked,
 * so that no adoption comes in between, and the volume's.
 *
 * @param createUnknownAt since when a create may yet be carried out; null for none
 */
export async function missAgain(
  client: pg.ClientBase,
  id: VolumeId,
  createUnknownAt: Date | null,
): Promise<void> {
  const { rowCount } = await client.query(
    `UPDATE volume SET state = 'MISSING', ${GIVEN_BACK},
            create_unknown_at = $2, foreign_snapshot_count = NULL, foreign_clone_count = NULL, observed_clone = NULL, leased_until = NULL, access_change = NULL, settled_generation = volume.generation, revision = volume.revision + 1,
            updated_at = clock_timestamp()
     FROM operation JOIN volume AS present ON present.id = operation.volume_id
       CROSS JOIN jsonb_populate_record(present, operation.request -> 'former') AS former
       CROSS JOIN LATERAL (SELECT EXISTS (
         SELECT 1 FROM volume AS other WHERE other.cluster_id = present.cluster_id AND other.backend_id = former.backend_id
           AND other.id <> $1 AND other.state NOT IN ${GONE}) AS is_adopted) AS meanwhile
     WHERE volume.id = $1 AND present.id = $1 AND kind = 'RECREATE_VOLUME'
       AND operation.state IN ('PENDING', 'RUNNING')`,
    [id, createUnknownAt],
  )
  if (rowCount !== 1) throw new Error(`${id} is not being recreated`)
  await client.query('UPDATE attachment SET confirmed_mode = wanted_mode WHERE volume_id = $1', [id])
}
