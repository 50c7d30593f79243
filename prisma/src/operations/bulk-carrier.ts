import type { BegunItem, ItemOutcome } from '@flotilla/core/commands/carry-out-item'
import type { OperationId } from '@flotilla/core/identity/ids'
import type { BulkKind } from '@flotilla/core/operations/bulk-kinds'
import type { OperationRequest } from '@flotilla/core/operations/operation-request'
import type pg from 'pg'
import type { Database } from '../database/connect.ts'
import { prepared } from '../database/prepared.ts'
import { inTransaction } from '../database/transaction.ts'
import { countBulk } from './count-bulk.ts'
import { recordRefused } from './record-refused.ts'

/** As many as one worker begins together. */
const CHUNK = 64
/** Longer than the items of a chunk take, a wait for the placement lock included. */
const TAKEN_FOR_SECONDS = 30
/** When an item could not be decided about: the database is slow, or many wait to be placed. */
const LATER_SECONDS = 1

/** An item and what has become of it. */
export interface EndedItem {
  readonly item: BegunItem
  readonly outcome: ItemOutcome
}

/** How workers go on with bulk operations: each item is begun under the lock of the whole, and carried out without. */
export interface BulkCarrier {
  /**
   * Takes the next items for some time and marks them as begun. Those that somebody had begun before come first, as his
   * work may be half done. Null when another is at it, or none is left.
   */
  begin(id: OperationId): Promise<readonly BegunItem[] | null>
  /** Writes what became of items, lets others go on, and counts. */
  end(id: OperationId, items: readonly EndedItem[]): Promise<void>
  /** Those that have items nobody is at. */
  due(): Promise<readonly OperationId[]>
  /** Counts those of which something has ended, each by itself, so that the others go on meanwhile. @returns whether any has changed */
  count(): Promise<boolean>
}

interface BegunRow {
  kind: BulkKind
  actor: string
  request: OperationRequest
  position: number
  volumeId: BegunItem['volumeId']
  input: OperationRequest | null
}

const HAS_OPEN_ITEMS = `EXISTS (SELECT 1 FROM bulk_item WHERE operation_id = bulk.operation_id AND child_id IS NULL)`

/**
 * Whether an item has ended since the row of `bulk` was counted; nothing is locked for it. One that was carried out and is not
 * written down yet counts twice here: that is a count too many, which changes nothing.
 */
const HAS_ENDED_ITEMS = `bulk.pending + bulk.running <>
    (SELECT count(*) FROM bulk_item AS item WHERE item.operation_id = bulk.operation_id AND item.child_id IS NULL)
    + (SELECT count(*) FROM operation AS child
       WHERE child.parent_id = bulk.operation_id AND child.state IN ('PENDING', 'RUNNING'))`

const FIND_DUE = prepared(
  `SELECT operation_id FROM bulk_operation AS bulk
   WHERE finished_at IS NULL AND due_at <= clock_timestamp() AND ${HAS_OPEN_ITEMS}`,
)
const FIND_UNCOUNTED = prepared(
  `SELECT operation_id FROM bulk_operation AS bulk WHERE finished_at IS NULL AND ${HAS_ENDED_ITEMS}`,
)

export function createBulkCarrier({ pool }: Database): BulkCarrier {
  return {
    begin: (id) =>
      inTransaction(pool, async (client) => {
        const { rowCount } = await client.query(
          `UPDATE bulk_operation SET due_at = clock_timestamp() + make_interval(secs => $2)
           WHERE operation_id = $1 AND due_at <= clock_timestamp()`,
          [id, TAKEN_FOR_SECONDS],
        )
        if (rowCount === 0) return null
        await linkCarriedOut(client, id)
        const items = await beginItems(client, id)
        await countBulk(client, id)
        return items.length > 0 ? items : null
      }),

    end: (id, items) =>
      inTransaction(pool, async (client) => {
        const isLater = items.some(({ outcome }) => outcome.kind === 'LATER')
        await client.query(
          `UPDATE bulk_operation SET due_at = clock_timestamp() + make_interval(secs => $2) WHERE operation_id = $1`,
          [id, isLater ? LATER_SECONDS : 0],
        )
        await linkChildren(client, id, items)
        for (const { item, outcome } of items) {
          if (outcome.kind === 'REFUSED') await recordRefused(client, id, item.position, outcome)
        }
        await countBulk(client, id)
      }),

    async due() {
      const { rows } = await pool.query<{ operation_id: OperationId }>(FIND_DUE())
      return rows.map((row) => row.operation_id)
    },

    async count() {
      const { rows } = await pool.query<{ operation_id: OperationId }>(FIND_UNCOUNTED())
      let changed = false
      for (const row of rows) {
        const isCounted = await inTransaction(pool, (client) => countUnlessTaken(client, row.operation_id))
        changed ||= isCounted
      }
      return changed
    },
  }
}

/** Whoever has its row just now counts it himself. @returns whether it has changed */
async function countUnlessTaken(client: pg.ClientBase, id: OperationId): Promise<boolean> {
  const { rowCount } = await client.query(
    'SELECT 1 FROM bulk_operation WHERE operation_id = $1 AND finished_at IS NULL FOR UPDATE SKIP LOCKED',
    [id],
  )
  return rowCount !== 0 && countBulk(client, id)
}

/** What somebody had carried out before he could write it down here is found by its key. */
async function linkCarriedOut(client: pg.ClientBase, id: OperationId): Promise<void> {
  await client.query(
    `UPDATE bulk_item SET child_id = child.id FROM operation AS child
     WHERE bulk_item.operation_id = $1 AND child_id IS NULL AND begun_at IS NOT NULL AND child.parent_id = $1
       AND child.idempotency_key = $1 || '/' || position`,
    [id],
  )
}

async function beginItems(client: pg.ClientBase, id: OperationId): Promise<readonly BegunItem[]> {
  const { rows } = await client.query<BegunRow>(
    `WITH next AS (
       SELECT position FROM bulk_item WHERE operation_id = $1 AND child_id IS NULL ORDER BY position LIMIT $2),
     begun AS (
       UPDATE bulk_item SET begun_at = coalesce(begun_at, clock_timestamp()) FROM next
       WHERE operation_id = $1 AND bulk_item.position = next.position RETURNING bulk_item.*)
     SELECT kind, actor, bulk.request, position, begun.volume_id AS "volumeId", begun.input
     FROM begun JOIN bulk_operation AS bulk ON bulk.operation_id = $1 JOIN operation ON operation.id = $1
     ORDER BY position`,
    [id, CHUNK],
  )
  return rows.map((row) => ({ bulkId: id, ...row }))
}

async function linkChildren(
  client: pg.ClientBase,
  id: OperationId,
  items: readonly EndedItem[],
): Promise<void> {
  const carriedOut = items.flatMap(({ item, outcome }) =>
    outcome.kind === 'OPERATION' ? [{ position: item.position, childId: outcome.operationId }] : [],
  )
  await client.query(
    `UPDATE bulk_item SET child_id = child.id FROM unnest($2::int[], $3::text[]) AS child(position, id)
     WHERE operation_id = $1 AND bulk_item.position = child.position AND child_id IS NULL`,
    [id, carriedOut.map(({ position }) => position), carriedOut.map(({ childId }) => childId)],
  )
}
