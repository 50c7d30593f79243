import type { CrashPoint } from '../testkit/patches/crash-points.ts'

/** The rows of the fault matrix at which a process dies at a certain line. */
export type CrashRow = 'C1' | 'C2' | 'C3' | 'C4' | 'C7' | 'C8'

const RECONCILE = 'workers/src/jobs/volume-reconcile.ts'

/** Whoever changes these lines says here where the moment is from then on. */
export const CRASH_POINTS: Readonly<Record<CrashRow, CrashPoint>> = {
  /** All of a placement batch is written and not committed. */
  C1: { module: 'prisma/src/placement/place-batch.ts', before: 'return {\n          answers: outcomes' },
  /** The batch is committed, nobody has been answered. */
  C2: {
    module: 'prisma/src/placement/group-placement.ts',
    before: 'for (const [index, answer] of answers.entries()) settle(',
  },
  /** The batch is committed, its job is not in the queue. */
  C3: { module: 'workers/src/client.ts', before: 'await reconcile.addAll(' },
  /** The worker has the lease and has not called the cluster. */
  C4: { module: RECONCILE, before: 'const work = dependencies.callLimit.run(' },
  /** The cluster has answered that it has the volume, and it is not written down. */
  C7: { module: RECONCILE, before: 'return { found: created }' },
  /** The outcome is committed, and nobody has been woken to read the event. */
  C8: { module: RECONCILE, before: 'dependencies.bus.publish()' },
}
