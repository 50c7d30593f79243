import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { toId, uuidOf } from '@flotilla/core/identity/ids'
import type { Authenticator, Role } from '@flotilla/core/ports/authenticator'
import type pg from 'pg'
import { v7 } from 'uuid'
import type { Database } from '../database/connect.ts'
import { inTransaction } from '../database/transaction.ts'

/** `flo_<uuid without dashes>_<43 characters>`: recognisable, so that a leaked one can be searched for. */
const TOKEN = /^flo_([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})_([A-Za-z0-9_-]{43})$/

export interface TokenStore extends Authenticator {
  /**
   * Makes the first admin token, once for a database, and hands it to `deliver` before it counts: if that fails, there
   * is none yet and the next start makes another. Answers whether it was made.
   */
  ensureAdminToken(deliver: (token: string) => Promise<unknown>): Promise<boolean>

  /**
   * Makes a further admin token; nobody can tell it again. Its name is who is answerable for what is asked with it, and whose idempotency keys
   * are its own, so no two that count have the same.
   *
   * @param name `admin-2` or the next that is free unless given
   * @returns `null` when a token that is not revoked has the name
   */
  makeAdminToken(name?: string): Promise<NamedToken | null>
}

export interface NamedToken {
  readonly name: string
  readonly token: string
}

const FIRST_NAME = 'admin'

/** Tokens carry 256 random bits and are stored as SHA-256, which is enough for a secret that nobody can guess. */
export function createTokenStore(database: Database): TokenStore {
  return {
    async authenticate(text) {
      const match = TOKEN.exec(text)
      if (!match) return null
      const token = await database.prisma.token.findUnique({
        where: { id: toId('Token', match.slice(1, 6).join('-')) },
      })
      if (!token || token.revokedAt || (token.expiresAt && token.expiresAt <= new Date())) return null
      if (!timingSafeEqual(token.secretHash, hash(match[6] ?? ''))) return null
      return { tokenId: token.id, name: token.name, role: token.role as Role, expiresAt: token.expiresAt }
    },

    ensureAdminToken(deliver) {
      return inTransaction(database.pool, async (client) => {
        await client.query(TAKE_NAMES_LOCK)
        const { rowCount } = await client.query('SELECT 1 FROM token LIMIT 1')
        if (rowCount) return false
        await deliver(await insertAdminToken(client, FIRST_NAME))
        return true
      })
    },

    makeAdminToken(wanted) {
      return inTransaction(database.pool, async (client) => {
        await client.query(TAKE_NAMES_LOCK)
        const { rows } = await client.query<{ name: string }>(
          'SELECT name FROM token WHERE revoked_at IS NULL',
        )
        const taken = new Set(rows.map(({ name }) => name))
        const name = wanted ?? nextName(taken)
        return taken.has(name) ? null : { name, token: await insertAdminToken(client, name) }
      })
    },
  }
}

/** Held until the commit, by all who make tokens. */
const TAKE_NAMES_LOCK = `SELECT pg_advisory_xact_lock(hashtext('flotilla.first-token'))`

function nextName(taken: ReadonlySet<string>): string {
  for (let number = 2; ; number++) {
    const name = `${FIRST_NAME}-${number}`
    if (!taken.has(name)) return name
  }
}

async function insertAdminToken(client: pg.ClientBase, name: string): Promise<string> {
  const id = toId('Token', v7())
  const secret = randomBytes(32).toString('base64url')
  await client.query(`INSERT INTO token (id, name, role, secret_hash) VALUES ($1, $2, 'ADMIN', $3)`, [
    id,
    name,
    hash(secret),
  ])
  return `flo_${uuidOf(id).replaceAll('-', '')}_${secret}`
}

function hash(secret: string): Buffer {
  return createHash('sha256').update(secret).digest()
}
