/** Differences up to a hundredth happen when volumes come and go between the two readings. */
const TOLERANCE_DIVISOR = 100n
const POLLS_UNTIL_BELIEVED = 2

/**
 * What counts as provisioned: the sum over the inventory, cross-checked with what the cluster itself reports. If the two
 * differ beyond tolerance on two polls running, the larger one counts (design.md section 5).
 *
 * Our own promises that the inventory does not contain yet are no difference: the report is read after the inventory, and
 * may have them already. They are counted as pending, so what is believed of the report is only what lies beyond them.
 *
 * @param pendingBytes promised by us and not contained in this inventory
 * @param mismatchedPolls how many polls before this one differed, one after the other
 */
export function provisionedBytes(
  inventoryBytes: bigint,
  reportedBytes: bigint,
  pendingBytes: bigint,
  mismatchedPolls: number,
): { readonly bytes: bigint; readonly mismatchedPolls: number } {
  const excess = max(reportedBytes - inventoryBytes - pendingBytes, inventoryBytes - reportedBytes)
  if (isTolerable(excess, inventoryBytes, reportedBytes)) {
    return { bytes: inventoryBytes, mismatchedPolls: 0 }
  }
  const polls = mismatchedPolls + 1
  const believed = isMismatchBelieved(polls) ? reportedBytes - pendingBytes : 0n
  return { bytes: max(inventoryBytes, believed), mismatchedPolls: polls }
}

/** Whether so many polls, one after the other, are too many for a difference of the moment. */
export function isMismatchBelieved(mismatchedPolls: number): boolean {
  return mismatchedPolls >= POLLS_UNTIL_BELIEVED
}

/** Whether the answer of `provisionedBytes` can depend on what is pending at all. */
export function isMismatchPossible(inventoryBytes: bigint, reportedBytes: bigint): boolean {
  const excess = max(reportedBytes - inventoryBytes, inventoryBytes - reportedBytes)
  return !isTolerable(excess, inventoryBytes, reportedBytes)
}

function isTolerable(excess: bigint, inventoryBytes: bigint, reportedBytes: bigint): boolean {
  return excess * TOLERANCE_DIVISOR <= max(inventoryBytes, reportedBytes)
}

function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b
}
