/** The clocks of the clusters and of the database may differ by so much. */
export const CLOCKS_MS = 1_000
