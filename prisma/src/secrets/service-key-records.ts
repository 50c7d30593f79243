import { generateKeyPair } from 'node:crypto'
import { promisify } from 'node:util'
import type pg from 'pg'
import type { Database } from '../database/connect.ts'
import { inTransaction } from '../database/transaction.ts'
import type { Vault } from './vault.ts'

/** A key that is not retired. */
export interface ServiceKeyRow {
  readonly keyId: string
  readonly publicKeyPem: string
  readonly privateKeySealed: Buffer
  readonly createdAt: Date
}

const generate = promisify(generateKeyPair)

/** Those that are not retired, the newest first; the first of all is made when there is none. */
export async function liveKeys(
  database: Database,
  vault: Vault,
): Promise<readonly [ServiceKeyRow, ...ServiceKeyRow[]]> {
  const present = await readLiveKeys(database.pool)
  if (isAny(present)) return present
  await inTransaction(database.pool, (client) => addKey(client, vault, 1))
  const made = await readLiveKeys(database.pool)
  if (isAny(made)) return made
  throw new Error('the service key vanished while it was made')
}

/** The newest first. */
export async function readLiveKeys(client: pg.Pool | pg.ClientBase): Promise<readonly ServiceKeyRow[]> {
  const { rows } = await client.query<ServiceKeyRow>(
    `SELECT key_id AS "keyId", public_key_pem AS "publicKeyPem", private_key_sealed AS "privateKeySealed",
            created_at AS "createdAt"
     FROM service_key WHERE retired_at IS NULL ORDER BY number DESC`,
  )
  return rows
}

/** RS256 is the one algorithm that clusters accept. Of two that add the same number, the first to commit counts. */
export async function addKey(client: pg.ClientBase, vault: Vault, number: number): Promise<void> {
  const keyId = number === 1 ? 'flotilla' : `flotilla-${number}`
  const pair = await generate('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  await client.query(
    `INSERT INTO service_key (key_id, number, public_key_pem, private_key_sealed) VALUES ($1, $2, $3, $4)
     ON CONFLICT DO NOTHING`,
    [keyId, number, pair.publicKey, Buffer.from(vault.seal(pair.privateKey, privateKeyContext(keyId)))],
  )
}

/** @throws when the master key is another one than the key was sealed with */
export function openPrivateKey(vault: Vault, { keyId, privateKeySealed }: ServiceKeyRow): string {
  return vault.open(privateKeySealed, privateKeyContext(keyId))
}

/** Where the vault has a key's private half. */
export function privateKeyContext(keyId: string): string {
  return `service_key.private_key_sealed/${keyId}`
}

function isAny(rows: readonly ServiceKeyRow[]): rows is readonly [ServiceKeyRow, ...ServiceKeyRow[]] {
  return rows.length > 0
}
