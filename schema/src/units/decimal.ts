import { Kind, print } from 'graphql'
import { builder } from '../builder.ts'
import { topLevelError } from '../errors/top-level-error.ts'

const ALLOWED = 'a decimal in quotes, as "1.5", with at most six places'

/** Exact where floats are not. Whether the text is a decimal, and within its limits, is told with the rest of the input. */
builder.scalarType('Decimal', {
  description:
    'An exact decimal with at most six places, as text: "1.5". Numbers in JSON are refused, because they may have been rounded.',
  serialize: (decimal) => decimal,
  parseValue: (input) => {
    if (typeof input === 'string') return input
    throw notDecimal(JSON.stringify(input))
  },
  parseLiteral: (node) => {
    if (node.kind === Kind.STRING || node.kind === Kind.INT || node.kind === Kind.FLOAT) return node.value
    throw notDecimal(print(node))
  },
})

function notDecimal(shown: string) {
  return topLevelError('BAD_INPUT', `${shown} is no Decimal; allowed: ${ALLOWED}`, { allowed: ALLOWED })
}
