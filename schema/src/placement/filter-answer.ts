import type { FilterAnswer } from '@flotilla/core/placement/verdict'
import { builder } from '../builder.ts'
import { rejection } from './rejection.ts'

export const filterName = builder.enumType('FilterName', {
  description: 'What is asked of a cluster before it qualifies.',
  values: {
    SOURCE: { description: 'Whether it has the source of the clone; asked for clones only.' },
    ADMISSION: { description: 'Whether the operator lets it take new volumes.' },
    CONNECTION: { description: 'Whether it can be reached.' },
    HEALTH: { description: 'Whether its health is good enough for the policy.' },
    LABELS: { description: 'Whether its labels are what the policy requires.' },
    OBSERVATION: { description: 'Whether anything is known of it.' },
    AGE: { description: 'Whether what is known of it is recent.' },
    EFFECTIVE_CAPACITY: { description: 'Whether it has usable storage.' },
    VOLUME_COUNT: { description: 'Whether the policy lets it hold one volume more.' },
    EXCLUSION: { description: 'Whether it has refused this volume already.' },
    REPLICAS: { description: 'Whether it can honour so many replicas now.' },
    VOLUME_SIZE: { description: 'Whether the policy allows a volume of this size.' },
    GROUP: { description: 'Whether the group may have another volume there.' },
    PROMISED: { description: 'Whether its provisioned ratio would stay within the limit.' },
    WRITTEN: { description: 'Whether enough of it would remain physically free.' },
  },
})

const filterOutcome = builder.enumType('FilterOutcome', {
  description: 'What a filter says of a cluster, whatever the others say.',
  values: {
    PASSED: { description: 'The cluster passes.' },
    REFUSED: { description: 'The cluster does not.' },
    UNKNOWN: { description: 'There are no figures to judge by.' },
  },
})

export const filterAnswer = builder.objectRef<FilterAnswer>('FilterAnswer').implement({
  description: 'What one filter says of a cluster.',
  fields: (t) => ({
    name: t.expose('name', { type: filterName, description: 'The filter.' }),
    outcome: t.expose('outcome', { type: filterOutcome, description: 'Pass or refusal.' }),
    explanation: t.exposeString('explanation', {
      description: "For people, in the request's terms, with the numbers used, for one that passes too.",
    }),
    rejection: t.expose('rejection', {
      type: rejection,
      nullable: true,
      description: 'The refusal with what would end it; null unless it refuses.',
    }),
  }),
})
