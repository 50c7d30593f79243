import { builder } from '../builder.ts'

builder.globalConnectionField('totalCount', (t) =>
  t.exposeInt('totalCount', { description: 'Length of the whole list, all pages together.' }),
)
