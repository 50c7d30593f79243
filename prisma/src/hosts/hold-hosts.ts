import { NotFoundError } from '@flotilla/core/errors'
import type { Host } from '@flotilla/core/hosts/host'
import type { HostId } from '@flotilla/core/identity/ids'
import type pg from 'pg'
import { HOST_COLUMNS, type HostColumns, toHost } from './host-row.ts'

/** Nobody deletes them, or gives them other addresses, before this transaction ends. @throws NotFoundError */
export function holdHosts(client: pg.ClientBase, ids: readonly HostId[]): Promise<readonly Host[]> {
  return read(client, ids, 'FOR SHARE')
}

/** As they are at this moment. @throws NotFoundError */
export function readHosts(pool: pg.Pool, ids: readonly HostId[]): Promise<readonly Host[]> {
  return read(pool, ids, '')
}

/** In the order of the ids. */
async function read(
  client: pg.ClientBase | pg.Pool,
  ids: readonly HostId[],
  locking: '' | 'FOR SHARE',
): Promise<readonly Host[]> {
  const { rows } = await client.query<HostColumns>(
    `SELECT ${HOST_COLUMNS} FROM host WHERE id = ANY ($1) AND deleted_at IS NULL ORDER BY id ${locking}`,
    [ids],
  )
  return ids.map((id, index) => {
    const row = rows.find((each) => each.id === id)
    if (!row) throw new NotFoundError(`there is no host ${id}`, ['input', 'hostIds', String(index)])
    return toHost(row)
  })
}
