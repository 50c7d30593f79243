import type { builder } from './builder.ts'

/** Makes the fields of an input; for those that several inputs have. */
export type InputFieldBuilder = Parameters<Parameters<typeof builder.inputType>[1]['fields']>[0]
