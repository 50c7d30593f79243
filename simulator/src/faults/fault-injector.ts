import type { Operation } from '../http/operation.ts'
import type { Random } from '../random.ts'
import { type FaultRule, type FaultRuleInput, faultRuleSchema } from './fault-rule.ts'

interface ActiveRule {
  readonly rule: FaultRule
  remaining: number
}

/** The faults of one cluster, and the dice that decide which requests they hit. */
export class FaultInjector {
  readonly #random: Random
  #active: ActiveRule[] = []
  #cleared = Promise.withResolvers<void>()

  constructor(random: Random) {
    this.#random = random
  }

  /** Replaces all rules. Throws a ZodError when one is malformed, and then changes nothing. */
  set(...rules: readonly FaultRuleInput[]): void {
    this.#active = rules.map(activate)
    this.#letGo()
  }

  /** Adds one rule to those that are set. */
  add(rule: FaultRuleInput): void {
    this.#active.push(activate(rule))
  }

  /** Back to good behaviour. */
  clear(): void {
    this.#active = []
    this.#letGo()
  }

  /** Settles when the rules of now are cleared or replaced. */
  get cleared(): Promise<void> {
    return this.#cleared.promise
  }

  /** The rules that are not spent yet. */
  list(): FaultRule[] {
    return this.#active.map(({ rule, remaining }) =>
      rule.times === undefined ? rule : { ...rule, times: remaining },
    )
  }

  /** The faults for one request to `operation`, about the object with this UUID if its path names one; counts them as spent. */
  draw(operation: Operation, uuid?: string): FaultRule[] {
    const hits = this.#active.filter(({ rule }) => {
      if (rule.operations && !rule.operations.includes(operation)) return false
      if (rule.uuid !== undefined && rule.uuid !== uuid) return false
      return rule.probability === 1 || this.#random() < rule.probability
    })
    for (const hit of hits) hit.remaining -= 1
    this.#active = this.#active.filter(({ remaining }) => remaining > 0)
    return hits.map(({ rule }) => rule)
  }

  /** How much later than `delayMs` a request with this jitter is, in milliseconds. */
  jitter(jitterMs: number): number {
    return jitterMs * this.#random()
  }

  #letGo(): void {
    this.#cleared.resolve()
    this.#cleared = Promise.withResolvers()
  }
}

function activate(rule: FaultRuleInput): ActiveRule {
  const parsed = faultRuleSchema.parse(rule)
  return { rule: parsed, remaining: parsed.times ?? Number.POSITIVE_INFINITY }
}
