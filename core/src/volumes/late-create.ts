/** How long one lease of a volume is worked on; nothing is sent to its cluster later. */
export const WORK_BUDGET_MS = 10_000

/**
 * A create that was sent without an answer may be carried out two minutes later, and is sent within the budget of its lease. For so long after
 * a lease was taken nobody knows that the cluster will not have one more volume of the name; and the same goes for changes.
 */
export const LATE_CREATE_MS = 120_000 + WORK_BUDGET_MS
