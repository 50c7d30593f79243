import { HostAttachedError, NameTakenError, NotFoundError } from '@flotilla/core/errors'
import type { Host } from '@flotilla/core/hosts/host'
import type { HostId, VolumeId } from '@flotilla/core/identity/ids'
import type { OperationKind } from '@flotilla/core/operations/operation'
import type { ChangedHost, HostStore } from '@flotilla/core/ports/host-store'
import type { NewChange } from '@flotilla/core/ports/new-change'
import type pg from 'pg'
import type { Database } from '../database/connect.ts'
import type { EventBus } from '../events/event-bus.ts'
import { recordChange } from '../operations/record-change.ts'
import { refuseOtherRevision } from '../volumes/refuse-other-revision.ts'
import { createAttachmentStore } from './attachment-store.ts'
import { HOST_COLUMNS, type HostColumns, toHost } from './host-row.ts'

/** A refusal names so many volumes, and counts the others. */
const VOLUMES_NAMED = 100

export function createHostStore(database: Database, bus: EventBus): HostStore {
  const change = async (
    kind: OperationKind,
    operation: NewChange,
    work: (client: pg.ClientBase) => Promise<Host>,
  ): Promise<ChangedHost> => {
    const changed = await recordChange(database.pool, {
      kind,
      operation,
      work,
      subjectOf: ({ id }) => ({ hostId: id }),
      find: async (client, { hostId }) => hostId && lockHost(client, hostId),
    })
    bus.publish()
    return { host: changed.record, operation: changed.operation }
  }

  return {
    ...createAttachmentStore(database, bus),

    register: (host, operation) =>
      change('REGISTER_HOST', operation, async (client) => {
        await refuseTakenNqn(client, host.nqn)
        return write(client, 'INSERT INTO host (id, nqn, name, addresses) VALUES ($1, $2, $3, $4)', [
          host.id,
          host.nqn,
          host.name,
          host.addresses,
        ])
      }),

    update: (id, { name, addresses }, expectedRevision, operation) =>
      change('UPDATE_HOST', operation, async (client) => {
        const host = await lockHost(client, id)
        if (host.deletedAt) throw new NotFoundError(`${id} has been deleted`, ['input', 'id'])
        refuseOtherRevision(host, expectedRevision)
        // What its clusters were told of it would no longer hold.
        if (addresses && !isSame(addresses, host.addresses)) await refuseAttached(client, id)
        return write(
          client,
          `UPDATE host SET name = $2, addresses = $3, revision = revision + 1, updated_at = clock_timestamp()
           WHERE id = $1`,
          [id, name === undefined ? host.name : name, addresses ?? host.addresses],
        )
      }),

    delete: (id, expectedRevision, operation) =>
      change('DELETE_HOST', operation, async (client) => {
        const host = await lockHost(client, id)
        if (host.deletedAt) return host
        refuseOtherRevision(host, expectedRevision)
        await refuseAttached(client, id)
        return write(
          client,
          `UPDATE host SET deleted_at = clock_timestamp(), revision = revision + 1, updated_at = clock_timestamp()
           WHERE id = $1`,
          [id],
        )
      }),
  }
}

async function write(client: pg.ClientBase, statement: string, values: readonly unknown[]): Promise<Host> {
  const { rows } = await client.query<HostColumns>(`${statement} RETURNING ${HOST_COLUMNS}`, [...values])
  const [row] = rows
  if (!row) throw new Error('a written host was not returned')
  return toHost(row)
}

async function refuseTakenNqn(client: pg.ClientBase, nqn: string): Promise<void> {
  const { rows } = await client.query<{ id: HostId }>(
    'SELECT id FROM host WHERE nqn = $1 AND deleted_at IS NULL',
    [nqn],
  )
  const [holder] = rows
  if (holder) throw new NameTakenError(`${holder.id} has the NQN ${nqn}`, ['input', 'nqn'], holder.id)
}

async function lockHost(client: pg.ClientBase, id: HostId): Promise<Host> {
  const { rows } = await client.query<HostColumns>(
    `SELECT ${HOST_COLUMNS} FROM host WHERE id = $1 FOR UPDATE`,
    [id],
  )
  if (!rows[0]) throw new NotFoundError(`there is no host ${id}`, ['input', 'id'])
  return toHost(rows[0])
}

/** One that is being detached counts as long as its cluster has not confirmed that. */
async function refuseAttached(client: pg.ClientBase, id: HostId): Promise<void> {
  const { rows } = await client.query<{ volumeId: VolumeId; count: number }>(
    `SELECT volume_id AS "volumeId", (count(*) OVER ())::int AS count FROM attachment
     WHERE host_id = $1 ORDER BY volume_id LIMIT ${VOLUMES_NAMED}`,
    [id],
  )
  const [first] = rows
  if (!first) return
  throw new HostAttachedError(
    id,
    rows.map(({ volumeId }) => volumeId),
    first.count,
  )
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((text) => b.includes(text))
}
