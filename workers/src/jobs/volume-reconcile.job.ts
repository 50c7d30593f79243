import type { VolumeId } from '@flotilla/core/identity/ids'
import { z } from 'zod'
import type { JobDefinition } from '../kit.ts'

/** Closes the gap between what is wanted of a volume and what its cluster has, from any state. */
export const volumeReconcile: JobDefinition<{ volumeId: VolumeId }> = {
  name: 'volume.reconcile',
  payload: z.object({ volumeId: z.templateLiteral(['vol_', z.string()]) }),
  concurrency: 512,
}
