import { NotFoundError, TooManyItemsError } from '@flotilla/core/errors'
import type { OperationId, SnapshotId, VolumeId } from '@flotilla/core/identity/ids'
import type { NewOperation } from '@flotilla/core/operations/new-operation'
import type { Operation } from '@flotilla/core/operations/operation'
import type { OperationRequest } from '@flotilla/core/operations/operation-request'
import type { BulkStore, NewBulkItem } from '@flotilla/core/ports/bulk-store'
import type pg from 'pg'
import type { Database } from '../database/connect.ts'
import { inTransaction, retryOnConflict } from '../database/transaction.ts'
import type { EventBus } from '../events/event-bus.ts'
import { readAttachedHosts } from '../hosts/attachment-rows.ts'
import { readHosts } from '../hosts/hold-hosts.ts'
import { volumeListWhere } from '../reader/volume-list-where.ts'
import { NAME_FREE_IN } from '../snapshots/name-free-in.ts'
import { toVolume } from '../volumes/volume-row.ts'
import { countBulk } from './count-bulk.ts'
import { knownOperation } from './known-operation.ts'
import { readDependents } from './read-dependents.ts'
import { findEarlier, recordOperation } from './record-operation.ts'

const RACES_RETRIED = 5

export function createBulkStore({ pool, prisma }: Database, bus: EventBus): BulkStore {
  const record = async (
    operation: NewOperation,
    work: (client: pg.ClientBase) => Promise<void>,
  ): Promise<Operation> => {
    const recorded = await retryOnConflict(RACES_RETRIED, () =>
      inTransaction(pool, async (client) => {
        const earlier = await findEarlier(client, operation)
        if (earlier) return earlier
        await work(client)
        await countBulk(client, operation.id)
        return knownOperation(client, operation.id)
      }),
    )
    bus.publish()
    return recorded
  }

  return {
    async earlier(operation) {
      return inTransaction(pool, (client) => findEarlier(client, operation))
    },

    async select(selection, maxItems) {
      if ('ids' in selection) {
        const { ids } = selection
        if (ids.length > maxItems) throw new TooManyItemsError(ids.length, maxItems)
        const rows = await prisma.volume.findMany({ where: { id: { in: [...ids] } } })
        const byId = new Map(rows.map((row) => [row.id, toVolume(row)]))
        return ids.map((id, index) => byId.get(id) ?? unknownVolume(id, index))
      }
      const where = volumeListWhere(selection.where)
      const rows = await prisma.volume.findMany({ where, orderBy: { id: 'asc' }, take: maxItems + 1 })
      if (rows.length > maxItems) throw new TooManyItemsError(await prisma.volume.count({ where }), maxItems)
      return rows.map(toVolume)
    },

    dependents: (ids) => readDependents(pool, ids),

    async snapshotNameHolders(ids, name) {
      const { rows } = await pool.query<{ id: SnapshotId; volume_id: VolumeId }>(
        `SELECT id, volume_id FROM snapshot WHERE volume_id = ANY ($1) AND name = $2 AND state NOT IN ${NAME_FREE_IN}`,
        [ids, name],
      )
      return new Map(rows.map((row) => [row.volume_id, row.id]))
    },

    attachedHosts: (ids) => readAttachedHosts(pool, ids),

    hosts: (ids) => readHosts(pool, ids),

    start: (kind, operation, request, items) =>
      record(operation, async (client) => {
        await recordOperation(client, kind, {}, operation)
        await insertBulk(client, operation.id, request, items)
      }),

    repeat: (formerId, operation) =>
      record(operation, async (client) => {
        const { kind } = await knownOperation(client, formerId)
        await recordOperation(client, kind, {}, operation)
        await repeatFailed(client, formerId, operation.id)
      }),
  }
}

async function insertBulk(
  client: pg.ClientBase,
  id: OperationId,
  request: OperationRequest,
  items: readonly NewBulkItem[],
): Promise<void> {
  await client.query(
    'INSERT INTO bulk_operation (operation_id, request, pending) VALUES ($1, $2::jsonb, $3)',
    [id, JSON.stringify(request), items.length],
  )
  const rows = items.map(({ volumeId, input }, position) => ({ position, volume_id: volumeId, input }))
  await client.query(
    `INSERT INTO bulk_item (operation_id, position, volume_id, input)
     SELECT $1, position, volume_id, input
     FROM jsonb_to_recordset($2::jsonb) AS item(position int, volume_id text, input jsonb)`,
    [id, JSON.stringify(rows)],
  )
}

/** Whether a change left its volume as large as it was, or larger; unknown for what was refused at once. */
const MADE_NO_SMALLER = `(child.request ->> 'formerSizeBytes')::numeric <= (child.request ->> 'sizeBytes')::numeric`

/**
 * An item that somebody has repeated by itself is his. One that made its volume no smaller does not now, as when it is
 * repeated by itself.
 */
async function repeatFailed(client: pg.ClientBase, formerId: OperationId, id: OperationId): Promise<void> {
  await client.query(
    `INSERT INTO bulk_operation (operation_id, request, pending)
     SELECT $1, request, 0 FROM bulk_operation WHERE operation_id = $2`,
    [id, formerId],
  )
  await client.query(
    `INSERT INTO bulk_item (operation_id, position, volume_id, input)
     SELECT $1, row_number() OVER (ORDER BY position) - 1, item.volume_id,
            CASE WHEN ${MADE_NO_SMALLER} THEN coalesce(item.input, '{}') || '{"force": false}' ELSE item.input END
     FROM bulk_item AS item JOIN operation AS child ON child.id = item.child_id
     WHERE item.operation_id = $2 AND child.state = 'FAILED'
       AND NOT EXISTS (SELECT 1 FROM operation AS later WHERE later.former_id = child.id AND later.kind <> 'CANCEL_OPERATION')`,
    [id, formerId],
  )
}

function unknownVolume(id: VolumeId, index: number): never {
  throw new NotFoundError(`there is no volume ${id}`, ['input', 'selection', 'ids', String(index)])
}
