import type { SourcePatch } from './source-patch.ts'

const SHORT_MS = 8_000

/**
 * What was sent without an answer is feared for 8 s instead of 130, so that a test need not wait for it. Nothing may be carried out later
 * then: the test itself says when it is.
 */
export const SHORT_LATENESS: readonly SourcePatch[] = [
  {
    module: 'core/src/volumes/late-create.ts',
    find: 'export const LATE_CREATE_MS = 120_000 + WORK_BUDGET_MS',
    replace: `export const LATE_CREATE_MS = ${SHORT_MS}`,
  },
]
