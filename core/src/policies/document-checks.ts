import { z } from 'zod'
import type { InputIssue } from '../errors.ts'
import { BYTES_ALLOWED, MAX_SIZE_BYTES, parseBytes } from '../units/bytes.ts'
import { compareRatios, parseRatio, type Ratio } from '../units/ratio.ts'
import { STORABLE_TEXT_ALLOWED, storableTextFault } from '../units/storable-text.ts'

/*
 * What documents are checked with. The message of every check is what is *allowed* there; what is wrong is said by
 * `toFaults`, which has the value. A check that knows better says what is wrong in its `params.message`.
 */

/** Every fault of a document: its path, what is wrong, what is allowed. */
export function toFaults({ issues }: z.ZodError, input: unknown): readonly InputIssue[] {
  return issues.flatMap((issue) => faultsOf(issue, input))
}

function faultsOf(issue: z.core.$ZodIssue, input: unknown): InputIssue[] {
  const path = issue.path.map(String)
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      path: [...path, key],
      message: 'is no field here',
      allowed: issue.message,
    }))
  }
  const message = issue.code === 'custom' ? issue.params?.message : undefined
  return [{ path, message: message ?? describe(path, input), allowed: issue.message }]
}

function describe(path: readonly string[], input: unknown): string {
  const value = path.reduce<unknown>((each, key) => (isRecord(each) ? each[key] : undefined), input)
  if (value === undefined) return 'is missing'
  if (isRecord(value)) return Array.isArray(value) ? `is a list of ${value.length}` : 'is an object'
  return typeof value === 'string' ? `is "${value.slice(0, 80)}"` : `is ${String(value)}`
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

export function object<T extends z.core.$ZodLooseShape>(shape: T) {
  return z.strictObject(shape, { error: `an object with ${Object.keys(shape).join(', ')}` })
}

export function list<T extends z.ZodType>(item: T, atMost: number) {
  const error = `a list of at most ${atMost} entries`
  return z.array(item, { error }).max(atMost, { error }).default([])
}

export function oneOf<T extends readonly [string, ...string[]]>(values: T) {
  return z.enum(values, { error: values.join(', ') })
}

export function text(pattern: RegExp, error: string) {
  return z
    .string({ error })
    .regex(pattern, { error })
    .superRefine((value, context) => {
      const message = storableTextFault(value)
      if (message) context.addIssue({ code: 'custom', message: STORABLE_TEXT_ALLOWED, params: { message } })
    })
}

export function flag() {
  return z.boolean({ error: 'true or false' })
}

export function whole(least: number, most: number) {
  const error = `a whole number from ${least} to ${most}`
  return z.int({ error }).min(least, { error }).max(most, { error })
}

/** Travels as text, because a number in YAML or JSON has been rounded before anybody can read it exactly. */
export function decimal(least: number, most: number) {
  const error = `a decimal in quotes from "${least.toFixed(6).replace(/\.?0+$/, '')}" to "${most}", at most six places`
  return z.string({ error }).transform((value, context): Ratio => {
    const ratio = parseRatio(value)
    const isWithin = ratio && isAtMost(decimalOf(least), ratio) && isAtMost(ratio, decimalOf(most))
    if (isWithin) return ratio
    context.addIssue({ code: 'custom', message: error })
    return z.NEVER
  })
}

function decimalOf(value: number): Ratio {
  return { numerator: BigInt(Math.round(value * 1_000_000)), denominator: 1_000_000n }
}

function isAtMost(a: Ratio, b: Ratio): boolean {
  return compareRatios(a, b) <= 0
}

/** Size of a volume. */
export function size() {
  return bytesFrom(1n, MAX_SIZE_BYTES, `${BYTES_ALLOWED}; more than 0, at most 1EiB`)
}

/** Any count of bytes. @param instead what else is allowed */
export function bytes(instead = '') {
  return bytesFrom(0n, (1n << 63n) - 1n, BYTES_ALLOWED + instead)
}

function bytesFrom(least: bigint, most: bigint, error: string) {
  return z.union([z.string(), z.int()], { error }).transform((value, context): bigint => {
    const count = parseBytes(value)
    if (count !== null && count >= least && count <= most) return count
    context.addIssue({ code: 'custom', message: error })
    return z.NEVER
  })
}
