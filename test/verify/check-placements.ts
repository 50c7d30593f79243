import { Placer } from '@flotilla/core/placement/placer'
import { compareRatios, type Ratio } from '@flotilla/core/units/ratio'
import { checkDecisions } from '../races/check-decisions.ts'
import type { RecordedBatch } from '../races/records.ts'
import type { Checked } from './facts.ts'

export interface CheckedPlacements {
  /** Rule 3, from the decisions: nobody was taken past a limit, and the best of those that qualified was chosen. */
  readonly limits: Checked
  /** Rule 5: each decision replays to the same cluster. */
  readonly replays: Checked
  /** The largest limit that any of the policies had; null without decisions. */
  readonly largestLimit: Ratio | null
}

/** Goes over the batches in the order of the placement lock, one at a time. */
export async function checkPlacements(
  batches: AsyncIterable<RecordedBatch> | Iterable<RecordedBatch>,
): Promise<CheckedPlacements> {
  const limitFaults: string[] = []
  const replayFaults: string[] = []
  let count = 0
  let largestLimit: Ratio | null = null
  for await (const batch of batches) {
    count += batch.decisions.length
    limitFaults.push(...checkDecisions(batch).faults)
    replayFaults.push(...replay(batch))
    const { maxProvisionedRatio, maxProvisionedRatioForResize } = batch.policy
    for (const limit of [maxProvisionedRatio, maxProvisionedRatioForResize]) {
      if (!largestLimit || compareRatios(limit, largestLimit) > 0) largestLimit = limit
    }
  }
  return {
    limits: { count, faults: limitFaults },
    replays: { count, faults: replayFaults },
    largestLimit,
  }
}

/** By the product's own placer, on what the batch recorded: each decision sees what the record says of those before. */
function replay({ id, candidates, policy, decidedAtMs, groups, decisions }: RecordedBatch): string[] {
  const placer = new Placer(candidates, policy, decidedAtMs, groups)
  return decisions.flatMap(({ id: decisionId, hop, request, clusterId }) => {
    const again = placer.choose(request)
    if (clusterId && candidates.some((each) => each.clusterId === clusterId))
      placer.charge({ request, clusterId })
    return again === clusterId
      ? []
      : [`decision ${decisionId} (hop ${hop}) in batch ${id} says ${clusterId} and replays to ${again}`]
  })
}
