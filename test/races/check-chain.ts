import type { ClusterId } from '@flotilla/core/identity/ids'
import type { CandidateFigures } from '@flotilla/core/placement/candidate'
import { requestedBytes } from '@flotilla/core/placement/placement-request'
import type { RecordedBatch } from './records.ts'
import { Returns } from './returns.ts'

interface Step {
  readonly id: string
  readonly decidedAtMs: number
  readonly figures: ReadonlyMap<ClusterId, { readonly name: string; readonly figures: CandidateFigures }>
  readonly charged: ReadonlyMap<ClusterId, bigint>
}

const NOTHING = new Returns([])

/** What is given back carries a time from within its transaction; placement may still look before that one commits. */
const COMMIT_WITHIN_MS = 10_000

/**
 * Whether each batch saw what the ones before it had promised, less what had been given back meanwhile: nothing lost,
 * nothing charged twice. Takes batches one by one, in the order of the placement lock, of a fleet where nobody else
 * makes volumes.
 *
 * Three statements, each as sharp as the records allow. The lock makes them sound: what is given back after the next
 * batch took its time cannot have been seen by this one.
 * At least: bytes promised before, less all that came back before the next batch began.
 * At most: bytes promised before, less all that came back before the poll that the figures come from.
 * Between two batches on the same poll: pending rises by the charges and falls by what came back in between.
 */
export class ChainChecker {
  readonly faults: string[] = []
  readonly #returns: ReadonlyMap<ClusterId, Returns>
  readonly #promised = new Map<ClusterId, bigint>()
  readonly #waiting: Step[] = []

  constructor(returns: ReadonlyMap<ClusterId, Returns>) {
    this.#returns = returns
  }

  add(batch: RecordedBatch): void {
    this.#waiting.push(toStep(batch))
    if (this.#waiting.length > 2) this.#judgeFirst()
  }

  /** To be called after the last one. */
  finish(): void {
    while (this.#waiting.length > 0) this.#judgeFirst()
  }

  #judgeFirst(): void {
    const [step, next, afterNext] = this.#waiting
    if (!step) return
    for (const [clusterId, { name, figures }] of step.figures) {
      const where = `batch ${step.id}: ${name}`
      this.#judgeTotal(where, clusterId, figures, next?.decidedAtMs ?? Number.POSITIVE_INFINITY)
      const seenNext = next?.figures.get(clusterId)?.figures
      if (seenNext?.observedAtMs !== figures.observedAtMs) continue
      const untilMs = afterNext?.decidedAtMs ?? Number.POSITIVE_INFINITY
      this.#judgeMove(where, clusterId, step, figures, seenNext, untilMs)
    }
    for (const [clusterId, bytes] of step.charged) {
      this.#promised.set(clusterId, (this.#promised.get(clusterId) ?? 0n) + bytes)
    }
    this.#waiting.shift()
  }

  #judgeTotal(where: string, clusterId: ClusterId, figures: CandidateFigures, nextAtMs: number): void {
    const counted = figures.provisionedBytes + figures.pendingBytes
    const promised = this.#promised.get(clusterId) ?? 0n
    const returns = this.#returns.get(clusterId) ?? NOTHING
    const least = promised - returns.before(nextAtMs + 1)
    const most = promised - returns.before(figures.observedAtMs)
    if (counted < least) this.faults.push(`${where} counts ${counted}, at least ${least} were promised`)
    if (counted > most) this.faults.push(`${where} counts ${counted}, at most ${most} were promised`)
  }

  #judgeMove(
    where: string,
    clusterId: ClusterId,
    { charged, decidedAtMs }: Step,
    before: CandidateFigures,
    after: CandidateFigures,
    untilMs: number,
  ): void {
    if (before.provisionedBytes !== after.provisionedBytes) {
      this.faults.push(
        `${where} went from ${before.provisionedBytes} to ${after.provisionedBytes} provisioned without a poll`,
      )
    }
    const given = before.pendingBytes + (charged.get(clusterId) ?? 0n) - after.pendingBytes
    const returns = this.#returns.get(clusterId) ?? NOTHING
    const most = returns.before(untilMs + 1) - returns.before(decidedAtMs - COMMIT_WITHIN_MS)
    if (given < 0n) this.faults.push(`${where} was charged ${-given} more than was decided`)
    if (given > most) this.faults.push(`${where} was given back ${given}, at most ${most} came back`)
  }
}

function toStep({ id, decidedAtMs, candidates, decisions }: RecordedBatch): Step {
  const charged = new Map<ClusterId, bigint>()
  for (const { clusterId, request } of decisions) {
    if (clusterId) charged.set(clusterId, (charged.get(clusterId) ?? 0n) + requestedBytes(request))
  }
  return {
    id,
    decidedAtMs,
    charged,
    figures: new Map(
      candidates.flatMap(({ clusterId, clusterName: name, figures }) =>
        figures ? [[clusterId, { name, figures }]] : [],
      ),
    ),
  }
}
