import { generateKeyPair } from 'node:crypto'
import { promisify } from 'node:util'
import type { Database } from '../database/connect.ts'
import { inTransaction } from '../database/transaction.ts'
import type { Vault } from './vault.ts'

export interface SigningKey {
  readonly keyId: string
  readonly publicKeyPem: string
  readonly privateKeyPem: string
}

/** The key pair whose public half operators import on their clusters; made when first asked for, one for a database. */
export interface ServiceKeyStore {
  signingKey(): Promise<SigningKey>
}

const KEY_ID = 'flotilla'
const CONTEXT = `service_key.private_key_sealed/${KEY_ID}`
const generate = promisify(generateKeyPair)

export function createServiceKeyStore(database: Database, vault: Vault): ServiceKeyStore {
  return {
    async signingKey() {
      const row = (await find(database)) ?? (await make(database, vault))
      return {
        keyId: row.keyId,
        publicKeyPem: row.publicKeyPem,
        privateKeyPem: vault.open(row.privateKeySealed, CONTEXT),
      }
    },
  }
}

function find(database: Database) {
  return database.prisma.serviceKey.findUnique({ where: { keyId: KEY_ID } })
}

/** RS256 is the one algorithm that clusters accept. Of two that make one together, the first to commit counts. */
async function make(database: Database, vault: Vault) {
  const pair = await generate('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  await inTransaction(database.pool, (client) =>
    client.query(
      `INSERT INTO service_key (key_id, public_key_pem, private_key_sealed) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`,
      [KEY_ID, pair.publicKey, Buffer.from(vault.seal(pair.privateKey, CONTEXT))],
    ),
  )
  const row = await find(database)
  if (!row) throw new Error('the service key vanished while it was made')
  return row
}
