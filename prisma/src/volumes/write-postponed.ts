import type { VolumeLease } from '@flotilla/core/ports/volume-lease'
import type { Settlement } from '@flotilla/core/volumes/settlement'
import type pg from 'pg'

/** A leased volume that is to be looked at later. */
export interface PostponedVolume {
  readonly lease: VolumeLease
  readonly settlement: Extract<Settlement, { readonly kind: 'POSTPONED' }>
}

/** Gives their leases back until they are due again; what each lease has not sent, nobody need think of. Their rows must be locked. */
export async function writePostponed(
  client: pg.ClientBase,
  postponed: readonly PostponedVolume[],
): Promise<void> {
  if (postponed.length === 0) return
  const rows = postponed.map(({ lease, settlement }) => ({
    id: lease.volumeId,
    delay_ms: settlement.delayMs,
    create_unknown: settlement.createUnknown,
    create_unknown_at: lease.createUnknownAt,
    change_asked: settlement.changeAsked,
    change_asked_at: lease.changeAskedAt,
    change_taken: settlement.changeTaken ?? false,
    restore_unknown: settlement.restoreUnknown ?? false,
    restore_unknown_at: lease.restoreUnknownAt,
  }))
  await client.query(
    `UPDATE volume SET leased_until = NULL,
            next_reconcile_at = clock_timestamp() + make_interval(secs => later.delay_ms / 1000),
            create_unknown_at = CASE WHEN later.create_unknown THEN volume.create_unknown_at ELSE later.create_unknown_at END,
            change_asked_at = CASE WHEN later.change_asked THEN volume.change_asked_at ELSE later.change_asked_at END,
            change_taken = volume.change_taken OR later.change_taken,
            restore_unknown_at = CASE WHEN later.restore_unknown THEN volume.restore_unknown_at ELSE later.restore_unknown_at END
     FROM jsonb_to_recordset($1::jsonb) AS later(id text, delay_ms float8, create_unknown boolean, create_unknown_at timestamptz,
       change_asked boolean, change_asked_at timestamptz, change_taken boolean, restore_unknown boolean, restore_unknown_at timestamptz)
     WHERE volume.id = later.id`,
    [JSON.stringify(rows)],
  )
}
