import type pg from 'pg'

/** Rows under the names that their columns have in code. */
export async function readRows<T>(pool: pg.Pool, statement: string, values: unknown[] = []): Promise<T[]> {
  const { rows, fields } = await pool.query<Record<string, unknown>>(statement, values)
  const names = fields.map(({ name }) => [name, toCamelCase(name)] as const)
  return rows.map((row) => Object.fromEntries(names.map(([column, name]) => [name, row[column]])) as T)
}

function toCamelCase(column: string): string {
  return column.replace(/_(.)/g, (_match, letter: string) => letter.toUpperCase())
}
