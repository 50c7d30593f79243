import type { ClusterId } from '@flotilla/core/identity/ids'
import type pg from 'pg'
import { credentialContext } from './cluster-credential.ts'
import { privateKeyContext } from './service-key-records.ts'
import type { Vault } from './vault.ts'

/** One that the database holds. */
export interface SealedSecret {
  readonly context: string
  /** For people. */
  readonly name: string
  readonly sealed: Buffer
  /** Puts another sealing of it in its place, unless it has been replaced meanwhile. */
  replace(sealed: Uint8Array): Promise<unknown>
}

/** Every one: each place that holds such is listed here. */
export async function readSealedSecrets(client: pg.Pool | pg.ClientBase): Promise<readonly SealedSecret[]> {
  const clusters = await client.query<{ id: ClusterId; name: string; sealed: Buffer }>(
    'SELECT id, name, credential_sealed AS sealed FROM cluster WHERE credential_sealed IS NOT NULL ORDER BY id',
  )
  const keys = await client.query<{ id: string; sealed: Buffer }>(
    'SELECT key_id AS id, private_key_sealed AS sealed FROM service_key WHERE private_key_sealed IS NOT NULL ORDER BY number',
  )
  return [
    ...clusters.rows.map(({ id, name, sealed }) => ({
      context: credentialContext(id),
      name: `the credential of ${name}`,
      sealed,
      replace: (by: Uint8Array) =>
        client.query('UPDATE cluster SET credential_sealed = $3 WHERE id = $1 AND credential_sealed = $2', [
          id,
          sealed,
          Buffer.from(by),
        ]),
    })),
    ...keys.rows.map(({ id, sealed }) => ({
      context: privateKeyContext(id),
      name: `our service key ${id}`,
      sealed,
      replace: (by: Uint8Array) =>
        client.query(
          'UPDATE service_key SET private_key_sealed = $3 WHERE key_id = $1 AND private_key_sealed = $2',
          [id, sealed, Buffer.from(by)],
        ),
    })),
  ]
}

/** The secret, or why the vault does not open it. */
export function tryOpen(
  vault: Vault,
  sealed: Uint8Array,
  context: string,
): { readonly secret: string } | { readonly fault: string } {
  try {
    return { secret: vault.open(sealed, context) }
  } catch (error) {
    return { fault: (error as Error).message }
  }
}
