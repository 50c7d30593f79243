import pg from 'pg'

/** Whether anything in the database, which has this release's tables, was sealed with a master key. */
export async function holdsSealed(connectionString: string): Promise<boolean> {
  const client = new pg.Client({ connectionString })
  // A lost connection makes the query under way fail; that is enough.
  client.on('error', () => {})
  await client.connect()
  try {
    const { rows } = await client.query<{ holds: boolean }>(
      `SELECT EXISTS (SELECT FROM master_key_canary)
           OR EXISTS (SELECT FROM cluster WHERE credential_sealed IS NOT NULL)
           OR EXISTS (SELECT FROM service_key WHERE private_key_sealed IS NOT NULL) AS holds`,
    )
    return rows[0]?.holds === true
  } finally {
    await client.end()
  }
}
