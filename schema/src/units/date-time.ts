import { Kind, print, type ValueNode } from 'graphql'
import { builder } from '../builder.ts'
import { topLevelError } from '../errors/top-level-error.ts'

const ALLOWED = 'a moment as RFC 3339 writes it, with its offset: "2026-11-22T08:56:01.123Z"'
const RFC_3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/

builder.scalarType('DateTime', {
  description:
    'A moment as RFC 3339 writes it. Answers are in UTC, to the millisecond: `2026-11-22T08:56:01.123Z`.',
  serialize: (moment) => moment.toISOString(),
  parseValue: (input) => read(input, JSON.stringify(input)),
  parseLiteral: (node) => read(node.kind === Kind.STRING ? node.value : null, print(node), node),
})

/** Without an offset a moment could be read two ways. */
function read(input: unknown, shown: string, node?: ValueNode): Date {
  const moment = typeof input === 'string' && RFC_3339.test(input) ? new Date(input) : null
  if (moment && !Number.isNaN(moment.getTime())) return moment
  const message = `${shown} is no DateTime; allowed: ${ALLOWED}`
  throw topLevelError('BAD_INPUT', message, { allowed: ALLOWED }, { nodes: node })
}
