import { BYTES_ALLOWED, parseBytes } from '@flotilla/core/units/bytes'
import { type GraphQLError, Kind, print, type ValueNode } from 'graphql'
import { builder } from '../builder.ts'
import { topLevelError } from '../errors/top-level-error.ts'

/** As text or number, exact; what `Int` and JSON numbers would lose stays whole. */
builder.scalarType('Bytes', {
  description: `A count of bytes. Answers are decimal strings, because it may exceed what JSON numbers hold exactly. Input: ${BYTES_ALLOWED}; base 2 only, at least 0, below 2^63.`,
  serialize: (bytes) => String(bytes),
  parseValue: (input) => read(input, JSON.stringify(input)),
  parseLiteral: (node) => read(literalOf(node), print(node), node),
})

function literalOf(node: ValueNode): unknown {
  if (node.kind === Kind.STRING || node.kind === Kind.INT) return node.value
  return null
}

function read(input: unknown, shown: string, node?: ValueNode): bigint {
  const bytes = parseBytes(input)
  if (bytes === null) throw notBytes(shown, node)
  return bytes
}

function notBytes(shown: string, node?: ValueNode): GraphQLError {
  const message = `${shown} is no count of bytes; allowed: ${BYTES_ALLOWED}`
  return topLevelError('BAD_INPUT', message, { allowed: BYTES_ALLOWED }, { nodes: node })
}

export const bytesFilter = builder.inputType('BytesFilter', {
  description: 'Conditions on a count of bytes; all that are given must hold.',
  fields: (t) => ({
    gte: t.field({ type: 'Bytes', description: 'At least this many bytes.' }),
    lte: t.field({ type: 'Bytes', description: 'At most this many bytes.' }),
  }),
})
export type BytesFilter = typeof bytesFilter.$inferInput
