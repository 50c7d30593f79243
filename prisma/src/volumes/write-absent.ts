import type { VolumeLease } from '@flotilla/core/ports/volume-lease'
import { LATE_CREATE_MS } from '@flotilla/core/volumes/late-create'
import { settleVolume } from '@flotilla/core/volumes/settle-volume'
import type { SettledVolume } from '@flotilla/core/volumes/settled-volume'
import type pg from 'pg'
import { conclude } from './conclude.ts'
import { discharge } from './discharge.ts'

/** The cluster's word that it has no such volume. */
export const NOTHING_THERE =
  ', observed_size_bytes = NULL, observed_state = NULL, observed_protection = NULL, observed_access = NULL'

/**
 * While one more create may be carried out its id is not known: what then comes under the name is ours, and is deleted. Without an id on
 * record the name tells (docs/decisions/0025-whose-a-name-is.md).
 */
export const MAY_COME_AGAIN = `, backend_id = CASE WHEN create_unknown_at > clock_timestamp() - make_interval(secs => ${LATE_CREATE_MS / 1_000})
  THEN NULL ELSE backend_id END`

/** A leased volume that its cluster does not have any more, and its record. */
export interface AbsentVolume {
  readonly lease: VolumeLease
  readonly present: SettledVolume
}

/** Writes that deletions are done, with the ledger, and ends their operations. Their rows and the ledger's must be locked. */
export async function writeAbsent(client: pg.ClientBase, absent: readonly AbsentVolume[]): Promise<void> {
  if (absent.length === 0) return
  const discharges = absent.map(({ lease, present }) => ({
    volume: lease,
    before: present,
    after: settleVolume(present, { kind: 'ABSENT' }),
  }))
  const leases = absent.map(({ lease }) => lease)
  await Promise.all([
    discharge(client, discharges, NOTHING_THERE + MAY_COME_AGAIN),
    conclude(client, leases, null),
  ])
}
