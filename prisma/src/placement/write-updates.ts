import type { IntentOutcome } from '@flotilla/core/placement/decide-batch'
import type pg from 'pg'

/** Updates are rare beside creations, so each is a statement of its own. The rows are locked already. */
export async function writeUpdates(client: pg.ClientBase, outcomes: readonly IntentOutcome[]): Promise<void> {
  for (const outcome of outcomes) {
    if (outcome.kind !== 'UPDATED') continue
    const { volume, formerProperties } = outcome.update
    await client.query(
      `UPDATE volume SET name = $2, size_bytes = $3, shrink_to_bytes = $4, compression = $5, labels = $6::jsonb, state = $7,
              former_properties = coalesce($8::jsonb, former_properties), qos_policy = $11, revision = $9, generation = $12, updated_at = $10,
              next_reconcile_at = $10
       WHERE id = $1`,
      [
        volume.id,
        volume.name,
        volume.sizeBytes,
        volume.shrinkToBytes,
        volume.compression,
        JSON.stringify(volume.labels),
        volume.state,
        formerProperties && JSON.stringify(formerProperties),
        volume.revision,
        volume.updatedAt,
        volume.qosPolicy,
        volume.generation,
      ],
    )
  }
}
