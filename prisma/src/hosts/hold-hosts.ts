import { NotFoundError } from '@flotilla/core/errors'
import type { Host } from '@flotilla/core/hosts/host'
import type { HostId } from '@flotilla/core/identity/ids'
import type pg from 'pg'
import { HOST_COLUMNS, type HostColumns, toHost } from './host-row.ts'

/** Nobody deletes them, or gives them other addresses, before this transaction ends. In the order of the ids. @throws NotFoundError */
export async function holdHosts(
  client: pg.ClientBase | pg.Pool,
  ids: readonly HostId[],
): Promise<readonly Host[]> {
  const { rows } = await client.query<HostColumns>(
    `SELECT ${HOST_COLUMNS} FROM host WHERE id = ANY ($1) AND deleted_at IS NULL ORDER BY id FOR SHARE`,
    [ids],
  )
  return ids.map((id, index) => {
    const row = rows.find((each) => each.id === id)
    if (!row) throw new NotFoundError(`there is no host ${id}`, ['input', 'hostIds', String(index)])
    return toHost(row)
  })
}
