import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import type pg from 'pg'
import type { Leak, Records } from './records.ts'

/** What must be found nowhere in plain text. */
export interface Secret {
  /** What it is, for people: `token of cluster-0001`. */
  readonly name: string
  readonly value: string
}

/**
 * Looks for secrets in every row of every table, the queue's too, and in files. Bytes columns are shown in hex, so hex is
 * looked for as well.
 */
export async function findLeaks(
  pool: pg.Pool,
  secrets: readonly Secret[],
  files: readonly string[],
): Promise<Pick<Records, 'leaks' | 'searched'>> {
  if (secrets.length === 0) return { leaks: [], searched: 0 }
  const { rows: tables } = await pool.query<{ name: string }>(
    `SELECT format('%I.%I', table_schema, table_name) AS name FROM information_schema.tables
     WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema') ORDER BY 1`,
  )
  const leaks: Leak[] = []
  for (const { name } of tables) leaks.push(...(await searchTable(pool, name, secrets)))
  for (const file of files) leaks.push(...(await searchFile(file, secrets)))
  return { leaks, searched: tables.length + files.length }
}

async function searchTable(pool: pg.Pool, table: string, secrets: readonly Secret[]): Promise<Leak[]> {
  const forms = secrets.flatMap(({ name, value }) => [
    { name, form: value },
    { name, form: Buffer.from(value).toString('hex') },
  ])
  const { rows } = await pool.query<{ name: string; count: bigint }>(
    `SELECT secret.name, count(*) FROM ${table} AS entry JOIN jsonb_to_recordset($1::jsonb) AS secret(name text, form text)
       ON strpos(entry::text, secret.form) > 0 GROUP BY secret.name`,
    [JSON.stringify(forms)],
  )
  return rows.map(({ name, count }) => ({ where: table, secret: name, count: Number(count) }))
}

async function searchFile(file: string, secrets: readonly Secret[]): Promise<Leak[]> {
  const counts = new Map<string, number>()
  for await (const line of createInterface({ input: createReadStream(file) })) {
    for (const { name, value } of secrets) {
      if (line.includes(value)) counts.set(name, (counts.get(name) ?? 0) + 1)
    }
  }
  return [...counts].map(([secret, count]) => ({ where: file, secret, count }))
}
