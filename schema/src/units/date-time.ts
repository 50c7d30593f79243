import { GraphQLError } from 'graphql'
import { builder } from '../builder.ts'

/** Only ever an answer: no argument takes a time. */
builder.scalarType('DateTime', {
  description: 'A moment in UTC as RFC 3339 writes it, to the millisecond: `2026-11-22T08:56:01.123Z`.',
  serialize: (moment) => moment.toISOString(),
  parseValue: () => {
    throw new GraphQLError('DateTime is not accepted as input')
  },
})
