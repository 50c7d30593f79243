import type { InputFieldBuilder } from '../input-field-builder.ts'

/** Of changes that `expectedRevision` guards as well, and of those that come to the same when they are made twice. */
export const optionalKey = (t: InputFieldBuilder) => ({
  idempotencyKey: t.string({
    description:
      'Chosen by the caller: the same key and input is carried out once, and answers with the operation of then. Absent: each request counts.',
  }),
})
