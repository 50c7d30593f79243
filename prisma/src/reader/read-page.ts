import { InvalidInputError } from '@flotilla/core/errors'
import type { Page, PageRequest } from '@flotilla/core/ports/page'
import { storableTextFault } from '@flotilla/core/units/storable-text'

export interface PageQuery {
  readonly take: number
  readonly skip?: number
  readonly cursor?: { id: string }
}

/**
 * Reads one page through Prisma's own cursor. A cursor names the ordering it belongs to and the id of the row it stands
 * on; rows are never removed, so it stays good.
 */
export async function readPage<Row extends { id: string }, Item, Field extends string>(
  page: PageRequest<Field>,
  find: (query: PageQuery) => Promise<Row[]>,
  count: () => Promise<number>,
  toItem: (row: Row) => Item,
): Promise<Page<Item>> {
  const ordering = `${page.orderBy.field}:${page.orderBy.direction}`
  const after = page.after === null ? null : readCursor(page.after, ordering)
  const [rows, totalCount] = await Promise.all([
    find({ take: page.first + 1, ...(after && { skip: 1, cursor: { id: after } }) }),
    count(),
  ])
  const shown = rows.slice(0, page.first)
  return {
    items: shown.map(toItem),
    cursors: shown.map((row) => Buffer.from(`${ordering}:${row.id}`).toString('base64url')),
    hasNextPage: rows.length > page.first,
    totalCount,
  }
}

function readCursor(cursor: string, ordering: string): string {
  const text = Buffer.from(cursor, 'base64url').toString()
  if (text.startsWith(`${ordering}:`) && storableTextFault(text) === null)
    return text.slice(ordering.length + 1)
  throw new InvalidInputError([
    {
      path: ['after'],
      message: 'is no cursor of this list in this order',
      allowed: 'an endCursor of an earlier page with the same orderBy',
    },
  ])
}
