import type { VolumeId } from '@flotilla/core/identity/ids'
import { z } from 'zod'
import type { JobDefinition } from '../kit.ts'

/** A job costs the queue as much as the work on a volume costs us; this many share one. More would wait for the slowest. */
export const VOLUMES_PER_JOB = 32

/** Closes the gap between what is wanted of some volumes and what their clusters have, from any state. */
export const volumeReconcile: JobDefinition<{ volumeIds: VolumeId[] }> = {
  name: 'volume.reconcile',
  payload: z.object({ volumeIds: z.array(z.templateLiteral(['vol_', z.string()])) }),
  concurrency: 512,
}
