import { builder } from '../builder.ts'

export const stringFilter = builder.inputType('StringFilter', {
  description: 'Conditions on a text; all that are given must hold.',
  fields: (t) => ({
    eq: t.string({ description: 'Equals exactly.' }),
    contains: t.string({ description: 'Contains, in any case.' }),
    startsWith: t.string({ description: 'Begins with.' }),
  }),
})

export type StringFilter = typeof stringFilter.$inferInput
