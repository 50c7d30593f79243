import type { ClusterId } from '@flotilla/core/identity/ids'
import { z } from 'zod'
import type { JobDefinition } from '../kit.ts'

/** Polls one cluster now: it is new, there is another way to it, or somebody asked. */
export const clusterPoll: JobDefinition<{ clusterId: ClusterId }> = {
  name: 'cluster.poll',
  payload: z.object({ clusterId: z.templateLiteral(['cls_', z.string()]) }),
  concurrency: 32,
}
