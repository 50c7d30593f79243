import type { RefusalReason } from '@flotilla/core/placement/explain-refusal'
import { builder } from '../builder.ts'
import { rejection, rejectionReason } from './rejection.ts'

export const refusalReason = builder.objectRef<RefusalReason>('RefusalReason').implement({
  description: 'One reason why a request finds no cluster.',
  fields: (t) => ({
    reason: t.expose('reason', { type: rejectionReason, description: 'The filter that rejects it.' }),
    clusterCount: t.exposeInt('clusterCount', { description: 'Clusters that give this reason.' }),
    clusterName: t.string({
      description: 'The one of them that came nearest to taking it.',
      resolve: ({ nearest }) => nearest.clusterName,
    }),
    rejection: t.field({
      type: rejection,
      description: 'What that one says.',
      resolve: ({ nearest }) => nearest.rejection,
    }),
  }),
})
