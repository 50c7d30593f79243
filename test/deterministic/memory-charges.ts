import type { ClusterId } from '@flotilla/core/identity/ids'
import { allowsCharge, promisedCharges } from '@flotilla/core/placement/promised-charge'
import type { MemoryRecords } from './memory-records.ts'

/** Adds what was decided to the ledger; false, and nothing is done, when a later poll's figures do not allow it. */
export function chargeAll(
  records: MemoryRecords,
  sequences: ReadonlyMap<ClusterId, bigint>,
  decided: Parameters<typeof promisedCharges>[0],
): boolean {
  const charges = promisedCharges(decided)
  for (const charge of charges) {
    const present = records.capacities.get(charge.clusterId)
    if (!present) return false
    if (present.sequence === sequences.get(charge.clusterId)) continue
    if (!allowsCharge(present, records.policy, charge)) return false
  }
  for (const { clusterId, bytes } of charges) records.charge(clusterId, bytes)
  return true
}
