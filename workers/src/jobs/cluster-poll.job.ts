import type { ClusterId } from '@flotilla/core/identity/ids'
import { z } from 'zod'
import type { JobDefinition } from '../kit.ts'

/** Polls one cluster now: a nudge after a change of ours, or because somebody asked. */
export const clusterPoll: JobDefinition<{ clusterId: ClusterId }> = {
  name: 'cluster.poll',
  payload: z.object({ clusterId: z.templateLiteral(['cls_', z.string()]) }),
  concurrency: 32,
}
