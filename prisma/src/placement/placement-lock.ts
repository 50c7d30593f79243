/** Any number that nothing else in the database uses. */
const PLACEMENT_LOCK = 7_031_001

/**
 * Whoever decides about promised bytes holds this until commit. It is a statement of its own, before the ledger is
 * read: a lock taken inside the reading statement comes too late, its snapshot is older than the wait.
 */
export const TAKE_PLACEMENT_LOCK = `SELECT pg_advisory_xact_lock(${PLACEMENT_LOCK})`
