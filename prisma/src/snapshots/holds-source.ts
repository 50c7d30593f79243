import { GONE } from '../volumes/gone.ts'

/** SQL: whether the volume of a row of `clone` keeps its source on the cluster. What the cluster has lost keeps nothing there. */
export const HOLDS_SOURCE = `(clone.state NOT IN ${GONE} AND clone.state <> 'MISSING')`
