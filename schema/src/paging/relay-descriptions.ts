/** The connection has multiplied by the size of the page already. */
const COUNTED_BY_PAGE = { field: 1, multiplier: 1 }

/** The words and nullabilities of what the relay plugin adds to the schema by itself. */
export const RELAY_DESCRIPTIONS = {
  nodeTypeOptions: { description: 'Anything with an id of its own. The prefix of the id tells the type.' },
  idFieldOptions: {
    description: 'Stable and readable: a prefix that tells the type, then a UUIDv7 (`vol_01939b6c-...`).',
  },
  nodeQueryOptions: {
    description: 'Any object by its id; null when there is none with this id.',
    args: { id: { description: 'Id of an object of any type.' } },
  },
  nodesQueryOptions: {
    description: 'Many objects by their ids, in the order of the ids; null for each that does not exist.',
    args: { ids: { description: 'Ids of objects of any types, at most 200.' } },
    complexity: ({ ids }: { readonly ids: readonly unknown[] }) => ({ field: 1, multiplier: ids.length }),
  },
  pageInfoTypeOptions: { description: 'Where a page lies in its list.' },
  hasNextPageFieldOptions: { description: 'Whether more follow after this page.' },
  hasPreviousPageFieldOptions: { description: 'Whether this page was asked for with `after`.' },
  startCursorFieldOptions: { description: 'Position of the first item; null on an empty page.' },
  endCursorFieldOptions: {
    description:
      'Position of the last item, to be given as `after` for the next page; null on an empty page.',
  },
  pageInfoFieldOptions: { description: 'Where this page lies in the list.' },
  edgesFieldOptions: {
    description: 'The items of the page, each with its position.',
    nullable: { list: false, items: false },
    complexity: COUNTED_BY_PAGE,
  },
  nodesOnConnection: { description: 'The items of the page.', complexity: COUNTED_BY_PAGE },
  nodeFieldOptions: { description: 'The item.', nullable: false },
  cursorFieldOptions: { description: 'Position of the item in the list, opaque.' },
} as const
