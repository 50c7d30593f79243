import { DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE } from '@flotilla/core/ports/page'
import { builder } from '../builder.ts'

/** What every list takes. */
export const pageArgs = builder.args((t) => ({
  first: t.int({ description: `Size of the page, 1 to ${MAX_PAGE_SIZE}; ${DEFAULT_PAGE_SIZE} when absent.` }),
  after: t.string({ description: 'Cursor of an earlier page; the page begins behind it.' }),
}))
