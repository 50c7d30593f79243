import { DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE, type Page, type PageRequest } from '@flotilla/core/ports/page'
import { topLevelError } from '../errors/top-level-error.ts'

interface PageArguments<Field extends string> {
  readonly first?: number | null
  readonly after?: string | null
  readonly orderBy?: PageRequest<Field>['orderBy'] | null
}

/** @throws BAD_INPUT for a size outside 1 to 200; nothing is clamped */
export function readPage<Field extends string>(
  { first, after, orderBy }: PageArguments<Field>,
  defaultOrder: PageRequest<Field>['orderBy'],
): PageRequest<Field> {
  const size = first ?? DEFAULT_PAGE_SIZE
  if (size < 1 || size > MAX_PAGE_SIZE) {
    const allowed = `1 to ${MAX_PAGE_SIZE}, ${DEFAULT_PAGE_SIZE} when absent`
    throw topLevelError('BAD_INPUT', `first: ${size} is no page size; allowed: ${allowed}`, {
      path: 'first',
      allowed,
    })
  }
  return { first: size, after: after ?? null, orderBy: orderBy ?? defaultOrder }
}

/** A page as Relay's connections have it. */
export function toConnection<T>(page: Page<T>, request: PageRequest<string>) {
  const edges = page.items.map((node, index) => ({ node, cursor: page.cursors[index] ?? '' }))
  return {
    edges,
    totalCount: page.totalCount,
    pageInfo: {
      hasNextPage: page.hasNextPage,
      hasPreviousPage: request.after !== null,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  }
}

/** What a connection costs: each of its fields once per item that the page may have. */
export function pageComplexity({ first }: { first?: number | null }) {
  return { field: 1, multiplier: Math.min(Math.max(first ?? DEFAULT_PAGE_SIZE, 1), MAX_PAGE_SIZE) }
}
