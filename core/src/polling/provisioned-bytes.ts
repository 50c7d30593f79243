/** Differences up to a hundredth happen when volumes come and go between the two readings. */
const TOLERANCE_DIVISOR = 100n
const POLLS_UNTIL_BELIEVED = 2

/**
 * What counts as provisioned: the sum over the inventory, cross-checked with what the cluster itself reports. If the two
 * differ beyond tolerance on two polls running, the larger one counts (design.md section 5).
 *
 * @param mismatchedPolls how many polls before this one differed, one after the other
 */
export function provisionedBytes(
  inventoryBytes: bigint,
  reportedBytes: bigint,
  mismatchedPolls: number,
): { readonly bytes: bigint; readonly mismatchedPolls: number } {
  const larger = inventoryBytes > reportedBytes ? inventoryBytes : reportedBytes
  const difference = larger - (inventoryBytes < reportedBytes ? inventoryBytes : reportedBytes)
  if (difference * TOLERANCE_DIVISOR <= larger) return { bytes: inventoryBytes, mismatchedPolls: 0 }
  const polls = mismatchedPolls + 1
  return { bytes: polls >= POLLS_UNTIL_BELIEVED ? larger : inventoryBytes, mismatchedPolls: polls }
}
