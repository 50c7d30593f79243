import type { VolumeId } from '@flotilla/core/identity/ids'
import type { IntentOutcome } from '@flotilla/core/placement/decide-batch'
import type { VolumeUpdate } from '@flotilla/core/volumes/update-volume'
import type pg from 'pg'

/** All in one statement. The rows are locked already, and what may be changed was decided under that lock. */
export async function writeUpdates(client: pg.ClientBase, outcomes: readonly IntentOutcome[]): Promise<void> {
  const rows = [...lastOfEach(outcomes).values()].map(({ volume, formerProperties }) => ({
    id: volume.id,
    name: volume.name,
    size_bytes: volume.sizeBytes.toString(),
    shrink_to_bytes: volume.shrinkToBytes?.toString() ?? null,
    compression: volume.compression,
    qos_policy: volume.qosPolicy,
    labels: volume.labels,
    state: volume.state,
    former_properties: formerProperties,
    revision: volume.revision,
    generation: volume.generation,
    updated_at: volume.updatedAt,
  }))
  if (rows.length === 0) return
  await client.query(
    `UPDATE volume SET name = row.name, size_bytes = row.size_bytes, shrink_to_bytes = row.shrink_to_bytes,
            compression = row.compression, qos_policy = row.qos_policy, labels = row.labels, state = row.state,
            former_properties = coalesce(row.former_properties, volume.former_properties), revision = row.revision,
            generation = row.generation, updated_at = row.updated_at, next_reconcile_at = row.updated_at
     FROM jsonb_to_recordset($1::jsonb) AS row(id text, name text, size_bytes bigint, shrink_to_bytes bigint,
       compression boolean, qos_policy text, labels jsonb, state text, former_properties jsonb, revision int,
       generation int, updated_at timestamptz)
     WHERE volume.id = row.id`,
    [JSON.stringify(rows)],
  )
}

/** A volume that a batch changes more than once was decided about in turn: the last one says all, but for what stood before. */
function lastOfEach(outcomes: readonly IntentOutcome[]): ReadonlyMap<VolumeId, VolumeUpdate> {
  const updates = new Map<VolumeId, VolumeUpdate>()
  for (const outcome of outcomes) {
    if (outcome.kind !== 'UPDATED') continue
    const { update } = outcome
    const before = updates.get(update.volume.id)
    const formerProperties = update.formerProperties ?? before?.formerProperties ?? null
    updates.set(update.volume.id, { ...update, formerProperties })
  }
  return updates
}
