import type { VolumeLease } from '@flotilla/core/ports/volume-lease'
import type { SettledVolume } from '@flotilla/core/volumes/settled-volume'
import { SETTLED_COLUMNS } from './settled-columns.ts'

/** A volume's record as its lease is given back. */
export interface LeasedRow extends SettledVolume {
  readonly leaseNumber: bigint
  /** Its cluster has had it before: one that is CREATING all the same is being recreated. */
  readonly wasThere: boolean
}

export const LEASED_COLUMNS = `lease_number AS "leaseNumber", acknowledged_at IS NOT NULL AS "wasThere", ${SETTLED_COLUMNS}`

/** Whether the lease still holds, and nothing else is wanted than when it was taken. */
export function isUnchanged(lease: VolumeLease, { leaseNumber, state, sizeBytes }: LeasedRow): boolean {
  return leaseNumber === lease.leaseNumber && state === lease.state && sizeBytes === lease.sizeBytes
}
