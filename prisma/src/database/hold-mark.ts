import type pg from 'pg'

/**
 * Locks the mark of work that one worker at a time does, until the transaction ends; `null` while another one holds it.
 * A mark that was never set is null inside.
 */
export async function holdMark(client: pg.ClientBase, name: string): Promise<{ at: Date | null } | null> {
  const hold = () =>
    client.query<{ at: Date | null }>('SELECT at FROM sweep_mark WHERE name = $1 FOR UPDATE SKIP LOCKED', [
      name,
    ])
  const held = (await hold()).rows[0]
  if (held) return held
  const { rowCount } = await client.query(
    'INSERT INTO sweep_mark (name) SELECT $1 WHERE NOT EXISTS (SELECT FROM sweep_mark WHERE name = $1) ON CONFLICT DO NOTHING',
    [name],
  )
  return rowCount ? { at: null } : null
}

export async function setMark(client: pg.ClientBase, name: string, at: Date): Promise<void> {
  await client.query('UPDATE sweep_mark SET at = $2 WHERE name = $1', [name, at])
}
