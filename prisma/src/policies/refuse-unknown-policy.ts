import { unknownPolicy } from '@flotilla/core/policies/unknown-policy'
import type pg from 'pg'

/** The refusal of a name that no policy has, with those that there are. */
export async function refuseUnknownPolicy(
  client: pg.ClientBase,
  name: string,
  path: readonly string[],
): Promise<ReturnType<typeof unknownPolicy>> {
  const { rows } = await client.query<{ name: string }>('SELECT name FROM policy ORDER BY name COLLATE "C"')
  return unknownPolicy(
    name,
    rows.map((row) => row.name),
    path,
  )
}
