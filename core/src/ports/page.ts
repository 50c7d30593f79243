/** One page of a list, in the order asked for. */
export interface Page<T> {
  readonly items: readonly T[]
  /** Position of each item, opaque, same order; carries the ordering it belongs to. */
  readonly cursors: readonly string[]
  readonly hasNextPage: boolean
  readonly totalCount: number
}

/** `after` is a cursor of an earlier page; one that is malformed or of another ordering is an InvalidInputError. */
export interface PageRequest<Field extends string> {
  /** 1 to 200. */
  readonly first: number
  readonly after: string | null
  readonly orderBy: { readonly field: Field; readonly direction: 'ASC' | 'DESC' }
}

export const MAX_PAGE_SIZE = 200
export const DEFAULT_PAGE_SIZE = 50

/** `and`, `or`, `not` over conditions; conditions side by side must all hold. */
export type Where<Conditions> = Partial<Conditions> & {
  readonly and?: readonly Where<Conditions>[]
  readonly or?: readonly Where<Conditions>[]
  readonly not?: Where<Conditions>
}

export interface TextCondition {
  readonly eq?: string
  /** Case-insensitive. */
  readonly contains?: string
  readonly startsWith?: string
}

export interface BytesCondition {
  readonly gte?: bigint
  readonly lte?: bigint
}
