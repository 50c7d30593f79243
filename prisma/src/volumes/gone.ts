/**
 * SQL: the states in which a volume or snapshot is no longer ours, for good. Its name is free, and it counts nowhere. Indexes
 * on what is live name the same ones.
 */
export const GONE = `('DELETED', 'FAILED', 'RELEASED')`
