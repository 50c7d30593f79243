import type { SourcePatch } from './source-patch.ts'

const MODULE = 'workers/src/jobs/attempt-error.ts'

/** What has failed is tried again after a tenth of the time, so that a test need not wait for it; a refusal still waits five times as long. */
export const SHORT_RETRIES: readonly SourcePatch[] = [
  {
    module: MODULE,
    find: 'export const RETRY_DELAY_MS = 2_000',
    replace: 'export const RETRY_DELAY_MS = 200',
  },
  { module: MODULE, find: 'const REFUSED_DELAY_MS = 10_000', replace: 'const REFUSED_DELAY_MS = 1_000' },
]
