import { expect, test } from 'vitest'
import { startTestDatabase } from '../testing/start-test-database.ts'

test('a connection that is cut while it is handed out ends no process: the next statement fails', async () => {
  const db = await startTestDatabase()
  const { pool } = db.database
  const client = await pool.connect()
  try {
    const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
    const ended = new Promise((resolve) => client.once('end', resolve))
    // An error that nobody listens to would be the test's own end.
    await pool.query('SELECT pg_terminate_backend($1)', [rows[0]?.pid])
    await ended
    await expect(client.query('SELECT 1')).rejects.toThrow()
  } finally {
    client.release(true)
    await db.close()
  }
}, 60_000)
