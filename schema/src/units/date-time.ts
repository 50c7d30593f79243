import { Kind, print, type ValueNode } from 'graphql'
import { builder } from '../builder.ts'
import { topLevelError } from '../errors/top-level-error.ts'

const ALLOWED =
  'a moment of the years 1 to 9998 as RFC 3339 writes it, with its offset: "2026-11-22T08:56:01.123Z"'
const RFC_3339 = /^\d{4}-\d{2}-\d{2}T([01]\d|2[0-3]):\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/

builder.scalarType('DateTime', {
  description:
    'A moment as RFC 3339 writes it. Answers are in UTC, to the millisecond: `2026-11-22T08:56:01.123Z`.',
  serialize: (moment) => moment.toISOString(),
  parseValue: (input) => read(input, JSON.stringify(input)),
  parseLiteral: (node) => read(node.kind === Kind.STRING ? node.value : null, print(node), node),
})

/** Without an offset a moment could be read two ways. */
function read(input: unknown, shown: string, node?: ValueNode): Date {
  const moment =
    typeof input === 'string' && RFC_3339.test(input) && isDay(input.slice(0, 10)) && new Date(input)
  if (moment && isStorable(moment)) return moment
  const message = `${shown} is no DateTime; allowed: ${ALLOWED}`
  throw topLevelError('BAD_INPUT', message, { allowed: ALLOWED }, { nodes: node })
}

/** JavaScript takes the thirtieth of February for the second of March. */
function isDay(text: string): boolean {
  const day = new Date(`${text}T00:00:00Z`)
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text)
}

/** PostgreSQL knows no year 0, and an offset must not lead to a year of five digits. */
function isStorable(moment: Date): boolean {
  return moment.getUTCFullYear() >= 1 && moment.getUTCFullYear() <= 9_998
}
