import { z } from 'zod'
import { OPERATIONS } from '../http/operation.ts'

/** Which requests a fault hits; without these, all. */
const selection = {
  operations: z.array(z.string().refine(isOperation, 'is no operation of the API')).optional(),
  /** Only those whose path names the object with this UUID. */
  uuid: z.string().optional(),
  /** Chance of each request to be hit, drawn with the cluster's seed. */
  probability: z.number().min(0).max(1).default(1),
  /** So many requests are hit, then the rule is spent. */
  times: z.number().int().positive().optional(),
}

const milliseconds = z.number().nonnegative()

/** One way to misbehave. Rules add up: a request can be late, patched and then lost. */
export const faultRuleSchema = z.discriminatedUnion('kind', [
  /** The request waits before anything else happens: `delayMs`, plus up to `jitterMs`. */
  z.object({
    kind: z.literal('latency'),
    delayMs: milliseconds,
    jitterMs: milliseconds.default(0),
    ...selection,
  }),
  /** An error answer with this HTTP status; nothing is done. */
  z.object({
    kind: z.literal('error'),
    status: z.number().int().min(400).max(599),
    message: z.string().default('fault on command'),
    retryAfterSeconds: z.number().nonnegative().optional(),
    ...selection,
  }),
  /** The connection is cut before the work: nothing is done. */
  z.object({ kind: z.literal('dropRequest'), ...selection }),
  /** The connection is cut after the work: it is done, and nobody hears of it. */
  z.object({ kind: z.literal('dropAnswer'), ...selection }),
  /** The connection is cut before the work, which is done when the rules are cleared or replaced: late, and nobody hears of it. */
  z.object({ kind: z.literal('holdBack'), ...selection }),
  /** Nothing is done and nothing is answered; the connection stays open. */
  z.object({ kind: z.literal('hang'), ...selection }),
  /** The work is done, then only the answer's headers are sent and the connection stays open. */
  z.object({ kind: z.literal('hangAfterHeaders'), ...selection }),
  /** The answer trickles. */
  z.object({ kind: z.literal('slowBody'), bytesPerSecond: z.number().positive(), ...selection }),
  /** The answer is well-formed HTTP, but its JSON stops in the middle. */
  z.object({ kind: z.literal('truncateBody'), ...selection }),
  /** Fields of the answer are replaced, by dotted path (`statistics.logicalStorage`, `volumes.0.size`). */
  z.object({ kind: z.literal('patchBody'), fields: z.record(z.string(), z.json()), ...selection }),
])

/** A misspelt name would make a fault that never strikes. */
function isOperation(name: string): boolean {
  return OPERATIONS.some((operation) => operation === name)
}

/** A rule with its defaults filled in. */
export type FaultRule = z.output<typeof faultRuleSchema>
/** A rule as it is written. */
export type FaultRuleInput = z.input<typeof faultRuleSchema>
