import { z } from 'zod'
import { Refusal } from '../cluster/refusal.ts'

/** Readers for request fields in the loose ways of protobuf JSON: absent is zero, numbers may be strings. */

export const text = z.string().default('')
export const uint = z
  .union([z.number(), z.string().regex(/^\d+$/).transform(Number)])
  .pipe(z.number().int().nonnegative())
  .default(0)
export const flag = z
  .union([z.boolean(), z.enum(['true', 'false']).transform((word) => word === 'true')])
  .default(false)
/** A size or a switch: free-form text, though some callers write a bare number or boolean. */
export const looseText = z.union([z.string(), z.number(), z.boolean()]).transform(String).default('')
/** The API wraps lists of strings into an object; an empty list and an absent one are the same. */
export const stringList = z
  .object({ values: z.array(z.string()).default([]) })
  .default({ values: [] })
  .transform((list) => list.values)
export const labels = z.array(z.object({ key: text, value: text })).default([])

/** Parses the fields of a request; what does not fit is InvalidArgument (400). Unknown fields are ignored. */
export function parseFields<T>(schema: z.ZodType<T>, fields: Readonly<Record<string, unknown>>): T {
  const parsed = schema.safeParse(fields)
  if (parsed.success) return parsed.data
  throw new Refusal('InvalidArgument', z.prettifyError(parsed.error))
}

/** Drops nulls at every depth: on input a null means "absent". */
export function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.filter((item) => item !== null).map(withoutNulls)
  if (typeof value !== 'object' || value === null) return value
  const present = Object.entries(value).filter(([, field]) => field !== null)
  return Object.fromEntries(present.map(([name, field]) => [name, withoutNulls(field)]))
}
