import { storableTextFault } from '@flotilla/core/units/storable-text'
import { z } from 'zod'

/*
 * Values as the API writes them: 64-bit integers are decimal strings, fields at their zero value may be left
 * out, and `null` means absent.
 */

/** Half of what a signed 64-bit integer holds, so that the sum of two figures fits in one. */
export const MAX_BYTES = (1n << 62n) - 1n
const MAX_COUNT = 0x7fff_ffff

/** A count of bytes, exact. Negative, fractional and impossibly large figures are refused. */
export const byteCount = z
  .union([z.string().regex(/^\d{1,19}$/), z.int().nonnegative()], { error: 'not a whole number of bytes' })
  .nullish()
  .transform((value) => BigInt(value ?? 0))
  .refine((bytes) => bytes <= MAX_BYTES, { error: 'larger than 62 bits' })

/** A count that fits a signed 32-bit integer. */
export const count = z
  .int()
  .nonnegative()
  .max(MAX_COUNT)
  .nullish()
  .transform((value) => value ?? 0)

/** Text that the records can keep. */
export const storableText = z
  .string()
  .refine((value) => storableTextFault(value) === null, { error: 'no storable text' })

export const text = storableText.nullish().transform((value) => value ?? '')

const NIL_UUID = '00000000-0000-0000-0000-000000000000'

export const uuid = z.guid().refine((value) => value !== NIL_UUID, { error: 'the nil UUID' })

/** Null when left out, empty or nil. */
export const optionalUuid = z
  .guid()
  .or(z.literal(''))
  .nullish()
  .transform((value) => (value && value !== NIL_UUID ? value : null))

/** A list, empty when left out. */
export function listOf<Item extends z.ZodType>(item: Item) {
  return z
    .array(item)
    .nullish()
    .transform((items) => items ?? [])
}
