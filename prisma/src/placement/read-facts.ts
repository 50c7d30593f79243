import type { OperationId, VolumeId } from '@flotilla/core/identity/ids'
import { type BatchFacts, nameKey, replayKey } from '@flotilla/core/placement/decide-batch'
import type { UpdateIntent, WantedPlacement } from '@flotilla/core/placement/placement-intent'
import type pg from 'pg'
import type { Volume as VolumeRow } from '../generated/client.ts'
import { readUntaken } from '../snapshots/read-untaken.ts'
import { GONE } from '../volumes/gone.ts'
import { VOLUME_COLUMNS } from '../volumes/volume-columns.ts'
import { toVolume } from '../volumes/volume-row.ts'
import { readGroups } from './stored-groups.ts'

/** What the records say about requests themselves, whatever the policy and the fleet. */
type RequestFacts = Pick<BatchFacts, 'groups' | 'earlier' | 'takenNames' | 'changing'>

/**
 * What a batch has to know of its requests, read under the placement lock. Sent at once where nothing is to change.
 *
 * @param locks whether what is to change is locked; a preview locks nothing
 */
export async function readFacts(
  client: pg.ClientBase,
  requests: readonly WantedPlacement[],
  locks = true,
): Promise<RequestFacts> {
  const created = requests.flatMap((each) => (each.kind === 'CREATE' ? [each.volume] : []))
  const updates = requests.filter((each) => each.kind === 'UPDATE')
  const changing = updates.length === 0 ? NONE_CHANGING : await readChanging(client, updates, locks)
  const renamed = requests.flatMap((each) => {
    const volume = each.kind === 'UPDATE' ? changing.get(each.volumeId)?.volume : undefined
    const name = each.kind === 'UPDATE' ? each.changes.name : null
    return volume && name !== null ? [{ project: volume.project, name }] : []
  })
  const groups = new Set(created.flatMap(({ group }) => (group === null ? [] : [group])))
  const [members, earlier, takenNames] = await Promise.all([
    readGroups(client, [...groups]),
    readEarlier(client, requests),
    readTakenNames(client, [...created, ...renamed]),
  ])
  return { groups: members, earlier, takenNames, changing }
}

const NONE_CHANGING: BatchFacts['changing'] = new Map()

/** Operations that came under the same keys before. */
export async function readEarlier(
  client: pg.ClientBase,
  requests: readonly WantedPlacement[],
): Promise<BatchFacts['earlier']> {
  const keys = requests.map(({ operation }) => operation)
  const { rows } = await client.query<{ id: OperationId; actor: string; key: string; fingerprint: string }>(
    `SELECT id, actor, idempotency_key AS key, input_fingerprint AS fingerprint FROM operation
     WHERE (actor, idempotency_key) IN (SELECT * FROM unnest($1::text[], $2::text[]))`,
    [keys.map((key) => key.actor), keys.map((key) => key.idempotencyKey)],
  )
  return new Map(
    rows.map((row) => [
      replayKey({ actor: row.actor, idempotencyKey: row.key }),
      { operationId: row.id, inputFingerprint: row.fingerprint },
    ]),
  )
}

async function readTakenNames(
  client: pg.ClientBase,
  volumes: readonly { readonly project: string; readonly name: string }[],
): Promise<BatchFacts['takenNames']> {
  const { rows } = await client.query<{ id: VolumeId; project: string; name: string }>(
    `SELECT id, project, name FROM volume
     WHERE (project, name) IN (SELECT * FROM unnest($1::text[], $2::text[])) AND state NOT IN ${GONE}`,
    [volumes.map((volume) => volume.project), volumes.map((volume) => volume.name)],
  )
  return new Map(rows.map((row) => [nameKey(row), row.id]))
}

/** Ledger rows first, then volumes: every writer locks in this order. */
async function readChanging(
  client: pg.ClientBase,
  updates: readonly UpdateIntent[],
  locks: boolean,
): Promise<BatchFacts['changing']> {
  const ids = updates.map(({ volumeId }) => volumeId)
  if (locks) {
    await client.query(
      `SELECT 1 FROM cluster_capacity WHERE cluster_id IN (SELECT cluster_id FROM volume WHERE id = ANY ($1))
       ORDER BY cluster_id FOR UPDATE`,
      [ids],
    )
  }
  const { rows } = await client.query<VolumeRow & { observedBytes: bigint }>(
    `SELECT ${VOLUME_COLUMNS}, observed_bytes AS "observedBytes" FROM volume WHERE id = ANY ($1) ORDER BY id
     ${locks ? 'FOR UPDATE' : ''}`,
    [ids],
  )
  const shrinking = updates.filter(({ sizeBytes, force }) => sizeBytes !== null && force)
  const untaken = await readUntaken(
    client,
    shrinking.map(({ volumeId }) => volumeId),
  )
  return new Map(
    rows.map((row) => {
      const volume = toVolume(row)
      return [volume.id, { volume, observedBytes: row.observedBytes, untaken: untaken.get(volume.id) ?? [] }]
    }),
  )
}
