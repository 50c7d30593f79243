import { InvalidInputError } from '@flotilla/core/errors'
import type { Page, PageRequest } from '@flotilla/core/ports/page'
import { storableTextFault } from '@flotilla/core/units/storable-text'

export interface PageQuery {
  readonly take: number
  readonly cursor?: { id: string }
}

/**
 * Reads one page through Prisma's own cursor. A cursor names the ordering it belongs to and the id of the row it stands
 * on. Rows are never removed, so it stays good; but that row may belong to the list no more, when it has been deleted or resolved meanwhile,
 * so it is read again and left out only where it is there (Prisma's own `skip` would leave out whatever is first).
 *
 * @param isSortedHere whether Prisma sorts this list itself, as it does by values that may be missing: it finds nothing after a row that the
 *   list has no more
 * @throws InvalidInputError for a cursor of another list, and where the list goes on after a row that it has no more cannot be told
 */
export async function readPage<Row extends { id: string }, Item, Field extends string>(
  page: PageRequest<Field>,
  find: (query: PageQuery) => Promise<Row[]>,
  count: () => Promise<number>,
  toItem: (row: Row) => Item,
  isSortedHere = false,
): Promise<Page<Item>> {
  const ordering = `${page.orderBy.field}:${page.orderBy.direction}`
  const after = page.after === null ? null : readCursor(page.after, ordering)
  const [found, totalCount] = await Promise.all([
    find(after === null ? { take: page.first + 1 } : { take: page.first + 2, cursor: { id: after } }),
    count(),
  ])
  if (isSortedHere && after !== null && found.length === 0) throw hasLeft()
  const rows = found[0]?.id === after ? found.slice(1) : found
  const shown = rows.slice(0, page.first)
  return {
    items: shown.map(toItem),
    cursors: shown.map((row) => Buffer.from(`${ordering}:${row.id}`).toString('base64url')),
    hasNextPage: rows.length > page.first,
    totalCount,
  }
}

function hasLeft(): InvalidInputError {
  return new InvalidInputError([
    {
      path: ['after'],
      message: 'stands on an item that this list has no more',
      allowed:
        'no cursor, to read the list anew; in orders by name or by time of creation any earlier cursor goes on',
    },
  ])
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
