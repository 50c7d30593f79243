import { setImmediate as nextTurn } from 'node:timers/promises'
import type { DecidedRequest } from '@flotilla/core/placement/decide-batch'
import { type Comparison, decideBeside } from '@flotilla/core/placement/decide-beside'
import type { PlacementPolicy } from '@flotilla/core/policies/policy'
import { ratioToNumber } from '@flotilla/core/units/ratio'
import type { Database } from '../database/connect.ts'
import type { CurrentShadow } from '../policies/policy-cache.ts'
import { recordShadow, type ShadowCounts, type ShadowRow } from './record-shadow.ts'
import type { BatchRecord } from './write-decisions.ts'

/** A batch that has been committed, and the shadow that its policy had then. */
export interface ShadowedBatch extends BatchRecord {
  readonly shadow: CurrentShadow
  readonly decided: readonly DecidedRequest[]
}

/** Lets shadow policies decide what has been decided already. Nobody waits for it, and nothing fails with it. */
export interface ShadowComparison {
  /** Takes a committed batch, or counts it as skipped when as many wait as may. Never throws. */
  compare(batch: ShadowedBatch): void
  /** Resolves when nothing is under way; what waits is given up. */
  close(): Promise<void>
}

/** A shadow that cannot keep up with this many behind it never will. */
const MAX_WAITING = 16
/** Decisions between two turns of the event loop, so that no request waits for a shadow. */
const SLICE = 16

/** @param onError told of batches that could not be compared or recorded; they count as skipped */
export function createShadowComparison(
  { pool }: Database,
  onError: (error: Error) => void,
): ShadowComparison {
  const waiting: ShadowedBatch[] = []
  const skipped = new Map<string, number>()
  let running: Promise<void> | null = null

  const skip = ({ policy, shadow }: ShadowedBatch, batches = 1): void => {
    const key = keyOf(policy, shadow)
    skipped.set(key, (skipped.get(key) ?? 0) + batches)
  }

  const drain = async (): Promise<void> => {
    for (let batch = waiting[0]; batch; batch = waiting[0]) {
      await nextTurn()
      const key = keyOf(batch.policy, batch.shadow)
      const skippedBefore = skipped.get(key) ?? 0
      skipped.delete(key)
      try {
        const { counts, rows } = await compareBatch(batch)
        const moment = { policyName: batch.policy.name, since: batch.shadow.since, decidedAt: batch.now }
        await recordShadow(pool, moment, { ...counts, skippedBatches: skippedBefore }, rows)
      } catch (error) {
        skip(batch, skippedBefore + 1)
        onError(error as Error)
      }
      waiting.shift()
    }
    running = null
  }

  return {
    compare(batch) {
      if (batch.decided.length === 0) return
      if (waiting.length >= MAX_WAITING) skip(batch)
      else waiting.push(batch)
      running ??= drain()
    },
    async close() {
      waiting.splice(1)
      await running
    },
  }
}

/** Counters belong to one setting of a shadow. */
function keyOf(policy: PlacementPolicy, { since }: CurrentShadow): string {
  return `${policy.name}/${since.getTime()}`
}

async function compareBatch({ policy, shadow, candidates, groups, now, decided }: ShadowedBatch) {
  const counts = { decisions: 0, differences: 0, refusalsOnlyByShadow: 0, refusalsOnlyByActive: 0 }
  const rows: ShadowRow[] = []
  const decisions = decided.map(({ request, decision: { clusterId } }) => ({ request, clusterId }))
  const state = { candidates, groups, nowMs: now.getTime() }
  for (const comparison of decideBeside(state, decisions, shadow.policy)) {
    const decision = decided[counts.decisions]?.decision
    if (decision) rows.push(...differenceOf(comparison, decision.id, policy, shadow.policy))
    count(counts, comparison)
    if (counts.decisions % SLICE === 0) await nextTurn()
  }
  return { counts, rows }
}

function count(
  counts: { -readonly [Count in keyof Omit<ShadowCounts, 'skippedBatches'>]: number },
  { clusterId, shadowClusterId }: Comparison,
): void {
  counts.decisions += 1
  if (clusterId === shadowClusterId) return
  counts.differences += 1
  if (shadowClusterId === null) counts.refusalsOnlyByShadow += 1
  if (clusterId === null) counts.refusalsOnlyByActive += 1
}

function differenceOf(
  { clusterId, shadowClusterId, ratio, shadowRatio }: Comparison,
  decisionId: string,
  policy: PlacementPolicy,
  shadow: PlacementPolicy,
): ShadowRow[] {
  if (clusterId === shadowClusterId) return []
  return [
    {
      decision_id: decisionId,
      policy_revision: policy.revision,
      shadow_revision: shadow.revision,
      cluster_id: clusterId,
      shadow_cluster_id: shadowClusterId,
      ratio: ratio && ratioToNumber(ratio),
      shadow_ratio: shadowRatio && ratioToNumber(shadowRatio),
    },
  ]
}
