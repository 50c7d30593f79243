import type { SourcePatch } from './source-patch.ts'

const SHORT_SECONDS = 4

/**
 * Leases of killed workers run out after 4 s instead of 30, so that a test need not wait for them. Nothing rests on their length: a lease that
 * runs out under its holder is what fencing is for.
 */
export const SHORT_LEASES: readonly SourcePatch[] = [
  'prisma/src/volumes/lease-volumes.ts',
  'prisma/src/snapshots/snapshot-lease-store.ts',
].map((module) => ({
  module,
  find: 'const LEASE_SECONDS = 30',
  replace: `const LEASE_SECONDS = ${SHORT_SECONDS}`,
}))
