import type { OperationId, VolumeId } from '@flotilla/core/identity/ids'
import { type BatchFacts, nameKey, replayKey } from '@flotilla/core/placement/decide-batch'
import type { PlacementPolicy } from '@flotilla/core/policies/policy'
import type { PlacementIntent, WantedPlacement } from '@flotilla/core/ports/placement-ledger'
import type pg from 'pg'
import type { Volume as VolumeRow } from '../generated/client.ts'
import { GONE } from '../volumes/gone.ts'
import { VOLUME_COLUMNS } from '../volumes/volume-columns.ts'
import { toVolume } from '../volumes/volume-row.ts'
import type { Snapshot } from './read-snapshot.ts'
import { readGroups } from './stored-groups.ts'

/**
 * What a batch has to know besides the fleet, read under the placement lock.
 *
 * @param locks whether what is to change is locked; a preview locks nothing
 */
export async function readFacts(
  client: pg.ClientBase,
  { candidates, now }: Snapshot,
  policy: PlacementPolicy,
  intents: readonly PlacementIntent[],
  locks = true,
): Promise<Omit<BatchFacts, 'sources'>> {
  const created = intents.flatMap((intent) => (intent.kind === 'CREATE' ? [intent.volume] : []))
  const changing = await readChanging(client, intents, locks)
  const renamed = intents.flatMap((intent) => {
    const volume = intent.kind === 'UPDATE' ? changing.get(intent.volumeId)?.volume : undefined
    const name = intent.kind === 'UPDATE' ? intent.changes.name : null
    return volume && name !== null ? [{ project: volume.project, name }] : []
  })
  const groups = new Set(created.flatMap(({ group }) => (group === null ? [] : [group])))
  const [members, earlier, takenNames] = await Promise.all([
    readGroups(client, [...groups]),
    readEarlier(client, intents),
    readTakenNames(client, [...created, ...renamed]),
  ])
  return { candidates, now, policy, groups: members, earlier, takenNames, changing }
}

/** Operations that came under the same keys before. */
export async function readEarlier(
  client: pg.ClientBase,
  intents: readonly WantedPlacement[],
): Promise<BatchFacts['earlier']> {
  const keys = intents.map((intent) => intent.operation)
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
  intents: readonly PlacementIntent[],
  locks: boolean,
): Promise<BatchFacts['changing']> {
  const ids = intents.flatMap((intent) => (intent.kind === 'UPDATE' ? [intent.volumeId] : []))
  if (ids.length === 0) return new Map()
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
  return new Map(
    rows.map((row) => {
      const volume = toVolume(row)
      return [volume.id, { volume, observedBytes: row.observedBytes }]
    }),
  )
}
