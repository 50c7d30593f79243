import type { InputFieldBuilder } from '../input-field-builder.ts'

/** Of what creates, destroys or cannot be told from its repetition. */
export const requiredKey = (t: InputFieldBuilder) => ({
  idempotencyKey: t.string({
    required: true,
    description: 'Chosen by the caller: the same key and input answers with the original operation.',
  }),
})
