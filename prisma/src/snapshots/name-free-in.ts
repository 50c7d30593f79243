/** SQL: the states in which a snapshot's name is free for another one of its volume. */
export const NAME_FREE_IN = `('LINGERING', 'DELETED', 'FAILED')`
