import { z } from 'zod'

/*
 * Values as the API writes them: 64-bit integers are decimal strings, fields at their zero value may be left
 * out, and `null` means absent.
 */

const MAX_BYTES = (1n << 63n) - 1n

/** A count of bytes, exact. Negative, fractional and impossibly large figures are refused. */
export const byteCount = z
  .union([z.string().regex(/^\d{1,19}$/), z.int().nonnegative()], { error: 'not a whole number of bytes' })
  .nullish()
  .transform((value) => BigInt(value ?? 0))
  .refine((bytes) => bytes <= MAX_BYTES, { error: 'larger than 63 bits' })

/** A 32-bit count. */
export const count = z
  .int()
  .nonnegative()
  .max(0xffff_ffff)
  .nullish()
  .transform((value) => value ?? 0)

export const text = z
  .string()
  .nullish()
  .transform((value) => value ?? '')

const NIL_UUID = '00000000-0000-0000-0000-000000000000'

export const uuid = z.guid().refine((value) => value !== NIL_UUID, { error: 'the nil UUID' })

/** A list, empty when left out. */
export function listOf<Item extends z.ZodType>(item: Item) {
  return z
    .array(item)
    .nullish()
    .transform((items) => items ?? [])
}
