import type {
  OperationStep,
  OperationStepKind,
  OperationStepState,
} from '@flotilla/core/operations/operation-steps'
import { builder } from '../builder.ts'
import { cluster } from '../clusters/cluster.ts'

const operationStepKind = builder.enumType('OperationStepKind', {
  description: 'What an operation goes through.',
  values: {
    RECORD: { description: 'It is on record, and what it needs is reserved.' },
    PLACE: { description: 'A cluster is chosen, and the bytes are reserved there.' },
    ASK: { description: 'The cluster is asked, as often as it takes to get a definite answer.' },
    CONFIRM: { description: 'The cluster has said that it is as wanted.' },
    OBSERVE: { description: 'An inventory of the cluster contains it; until then its bytes are pending.' },
    STOP_PLACEMENTS: { description: 'No new volumes go to the cluster.' },
    MOVE_VOLUMES: { description: 'Its volumes leave.' },
    DELETE_SNAPSHOTS: { description: 'Its snapshots go.' },
    BEGIN_ITEMS: { description: 'Each item becomes an operation of its own.' },
    END_ITEMS: { description: 'Each of these comes to an end.' },
  } satisfies Record<OperationStepKind, object>,
})

const operationStepState = builder.enumType('OperationStepState', {
  description: 'How far a step is.',
  values: {
    PENDING: { description: 'Not begun.' },
    RUNNING: { description: 'Begun.' },
    DONE: { description: 'Done.' },
    SKIPPED: { description: 'It will not come to it.' },
    FAILED: { description: 'Definitely refused.' },
  } satisfies Record<OperationStepState, object>,
})

export const operationStep = builder.objectRef<OperationStep>('OperationStep').implement({
  description: 'One of the things that an operation goes through, in order.',
  fields: (t) => ({
    kind: t.expose('kind', { type: operationStepKind, description: 'What it is.' }),
    state: t.expose('state', { type: operationStepState, description: 'How far it is.' }),
    cluster: t.field({
      type: cluster,
      nullable: true,
      description: 'The cluster that it is about; null where that is of no interest.',
      resolve: ({ clusterId }, _args, { loaders }) => clusterId && loaders.cluster.load(clusterId),
    }),
    startedAt: t.expose('startedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it began; null before, and where that is not on record.',
    }),
    finishedAt: t.expose('finishedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it ended; null before, and where that is not on record.',
    }),
    progress: t.exposeString('progress', {
      nullable: true,
      description: 'More about it, for people; null when there is nothing to tell.',
    }),
  }),
})
