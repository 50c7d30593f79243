import { MAX_PAGE_SIZE } from '@flotilla/core/ports/page'

/**
 * What lists without pages cost, which Pothos would else take for ten items long. A fleet may have a thousand clusters: what reads from the
 * database for each of them counts as a full page; what is worked out from one record counts half of that.
 */
export const ALL_CLUSTERS = { field: 1, multiplier: MAX_PAGE_SIZE }
export const ALL_VERDICTS = { field: 1, multiplier: MAX_PAGE_SIZE / 2 }
