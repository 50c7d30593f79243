import type pg from 'pg'
import { inTransaction } from '../database/transaction.ts'
import { readSealedSecrets, tryOpen } from './sealed-secrets.ts'
import type { Vault } from './vault.ts'

/** The master keys that this process was given open nothing of what the database holds. */
export class WrongMasterKeyError extends Error {
  override name = 'WrongMasterKeyError'

  constructor(fault: string) {
    super(
      `this database was sealed with another master key than was given here (${fault}). All hosts of a database share its keys: ` +
        'copy FLOTILLA_HOME/keys/master-key from a host that works on it, or from a backup, or set FLOTILLA_MASTER_KEY to what they have',
    )
  }
}

const TAKE_LOCK = `SELECT pg_advisory_xact_lock(hashtext('flotilla.master-key'))`
const CONTEXT = 'master_key_canary.sealed'
const TEXT = 'flotilla'

/**
 * To be called before anything is sealed or opened: whoever works on a database has to open what the others seal. The first of all leaves
 * a known text, sealed, by which the others are judged. What was sealed with another of the given keys than the first is
 * sealed anew with the first, so that the other can be taken out.
 *
 * @param log is told of secrets that no given key opens, which does not keep the process from working on the rest
 * @throws WrongMasterKeyError when no given key opens the known text
 */
export async function requireMasterKeys(
  pool: pg.Pool,
  vault: Vault,
  log: (line: string) => void,
): Promise<void> {
  await inTransaction(pool, (client) => judge(client, vault), TAKE_LOCK)
  await sealAnew(pool, vault, log)
}

async function judge(client: pg.ClientBase, vault: Vault): Promise<void> {
  const { rows } = await client.query<{ sealed: Buffer }>('SELECT sealed FROM master_key_canary')
  const [canary] = rows
  if (canary) requireAny(vault, [{ sealed: canary.sealed, context: CONTEXT }])
  // A release before this one has left none.
  else requireAny(vault, await readSealedSecrets(client))
  if (canary && vault.isCurrent(canary.sealed)) return
  await client.query(
    `INSERT INTO master_key_canary (sealed) VALUES ($1) ON CONFLICT (id) DO UPDATE SET sealed = excluded.sealed`,
    [Buffer.from(vault.seal(TEXT, CONTEXT))],
  )
}

/** @throws WrongMasterKeyError when there are some and the vault opens none */
function requireAny(
  vault: Vault,
  secrets: readonly { readonly sealed: Uint8Array; readonly context: string }[],
): void {
  let fault: string | null = null
  for (const { sealed, context } of secrets) {
    const opened = tryOpen(vault, sealed, context)
    if ('secret' in opened) return
    fault ??= opened.fault
  }
  if (fault !== null) throw new WrongMasterKeyError(fault)
}

async function sealAnew(pool: pg.Pool, vault: Vault, log: (line: string) => void): Promise<void> {
  for (const { name, sealed, context, replace } of await readSealedSecrets(pool)) {
    const opened = tryOpen(vault, sealed, context)
    if ('fault' in opened) {
      log(
        `${name} cannot be opened (${opened.fault}): add the key that sealed it to FLOTILLA_MASTER_KEY, or replace it`,
      )
    } else if (!vault.isCurrent(sealed)) {
      await replace(vault.seal(opened.secret, context))
    }
  }
}
