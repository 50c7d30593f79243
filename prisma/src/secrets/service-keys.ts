import { InvalidStateError, NotFoundError } from '@flotilla/core/errors'
import type { OperationKind } from '@flotilla/core/operations/operation'
import type { NewChange } from '@flotilla/core/ports/new-change'
import type {
  ChangedServiceCredential,
  ServiceCredential,
  ServiceKey,
  ServiceKeys,
} from '@flotilla/core/ports/service-keys'
import type pg from 'pg'
import type { Database } from '../database/connect.ts'
import type { EventBus } from '../events/event-bus.ts'
import { recordChange } from '../operations/record-change.ts'
import { addKey, liveKeys, readLiveKeys, type ServiceKeyRow } from './service-key-records.ts'
import type { Vault } from './vault.ts'

/** So many clusters are named in a refusal. */
const MAX_NAMED = 10

/** One change at a time; whoever signs reads meanwhile. */
const TAKE_TURN = 'LOCK TABLE service_key IN SHARE ROW EXCLUSIVE MODE'

export function createServiceKeys(database: Database, vault: Vault, bus: EventBus): ServiceKeys {
  const change = async (
    kind: OperationKind,
    operation: NewChange,
    work: (client: pg.ClientBase) => Promise<void>,
  ): Promise<ChangedServiceCredential> => {
    const { record, operation: recorded } = await recordChange(database.pool, {
      kind,
      operation,
      async work(client) {
        await client.query(TAKE_TURN)
        await work(client)
        return toCredential(await readLiveKeys(client))
      },
      subjectOf: () => ({}),
      find: async (client) => toCredential(await readLiveKeys(client)),
    })
    bus.publish()
    return { serviceCredential: record, operation: recorded }
  }

  return {
    credential: async () => toCredential(await liveKeys(database, vault)),

    async rotate(operation) {
      // There is a key to rotate, so that two who ask at once never make two.
      await liveKeys(database, vault)
      return change('ROTATE_SERVICE_KEY', operation, async (client) => {
        const [newest, former] = await readLiveKeys(client)
        if (newest && former) throw stillInUse(newest, former)
        await addKey(client, vault, (await lastNumber(client)) + 1)
      })
    },

    retire: (keyId, force, operation) =>
      change('RETIRE_SERVICE_KEY', operation, async (client) => {
        const [newest, former] = await readLiveKeys(client)
        if (keyId === newest?.keyId) throw newestKey(newest, former)
        if (!newest || keyId !== former?.keyId) return requireRetired(client, keyId)
        if (!force) await refuseWhileNeeded(client, newest, former)
        await destroy(client, keyId)
      }),
  }
}

function toCredential([newest, former]: readonly ServiceKeyRow[]): ServiceCredential {
  if (!newest) throw new Error('there is no service key')
  return { ...toKey(newest), former: former ? toKey(former) : null }
}

function toKey({ keyId, publicKeyPem, createdAt }: ServiceKeyRow): ServiceKey {
  return { keyId, publicKeyPem, createdAt }
}

/** Retired ones count: a key that is imported somewhere is never taken for another of its id. */
async function lastNumber(client: pg.ClientBase): Promise<number> {
  const { rows } = await client.query<{ number: number }>('SELECT max(number) AS number FROM service_key')
  return rows[0]?.number ?? 0
}

/** @throws InvalidStateError naming clusters that were not seen to accept the newest */
async function refuseWhileNeeded(
  client: pg.ClientBase,
  newest: ServiceKeyRow,
  former: ServiceKeyRow,
): Promise<void> {
  const { rows } = await client.query<{ name: string; count: number }>(
    `SELECT name, count(*) OVER ()::int AS count FROM cluster
     WHERE detached_at IS NULL AND credential_kind = 'KEY_PAIR' AND accepted_key_id IS DISTINCT FROM $1
     ORDER BY name, id LIMIT ${MAX_NAMED}`,
    [newest.keyId],
  )
  const [first] = rows
  if (!first) return
  const names = rows.map(({ name }) => name).join(', ')
  const others = first.count > rows.length ? `, and ${first.count - rows.length} others` : ''
  throw new InvalidStateError(
    `${former.keyId} may still be needed: not seen to accept ${newest.keyId} were ${names}${others}; import it there and wait some minutes, or retire with \`force\``,
    ['input', 'keyId'],
  )
}

async function destroy(client: pg.ClientBase, keyId: string): Promise<void> {
  await client.query(
    'UPDATE service_key SET retired_at = clock_timestamp(), private_key_sealed = NULL WHERE key_id = $1',
    [keyId],
  )
}

async function requireRetired(client: pg.ClientBase, keyId: string): Promise<void> {
  const { rows } = await client.query<{ known: boolean }>(
    'SELECT EXISTS (SELECT 1 FROM service_key WHERE key_id = $1) AS known',
    [keyId],
  )
  if (rows[0]?.known) return
  throw new NotFoundError(`there is no service key "${keyId.slice(0, 80)}"`, ['input', 'keyId'])
}

function stillInUse(newest: ServiceKeyRow, former: ServiceKeyRow): InvalidStateError {
  return new InvalidStateError(
    `two keys are in use; import ${newest.keyId} on every cluster, then retire ${former.keyId} first`,
    ['input'],
  )
}

function newestKey(newest: ServiceKeyRow, former: ServiceKeyRow | undefined): InvalidStateError {
  const allowed = former?.keyId ?? 'none, before another key was made by rotateServiceKey'
  return new InvalidStateError(`${newest.keyId} is the newest key, which we sign with; allowed: ${allowed}`, [
    'input',
    'keyId',
  ])
}
