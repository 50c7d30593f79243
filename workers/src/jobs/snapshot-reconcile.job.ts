import type { SnapshotId } from '@flotilla/core/identity/ids'
import { z } from 'zod'
import type { JobDefinition } from '../kit.ts'

/** Closes the gap between what is wanted of a snapshot and what its cluster has, from any state. */
export const snapshotReconcile: JobDefinition<{ snapshotId: SnapshotId }> = {
  name: 'snapshot.reconcile',
  payload: z.object({ snapshotId: z.templateLiteral(['snp_', z.string()]) }),
  concurrency: 64,
}
