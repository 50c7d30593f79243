import type { Rejection } from '@flotilla/core/placement/verdict'
import { builder } from '../builder.ts'

export const rejectionReason = builder.enumType('RejectionReason', {
  description: 'Why a cluster does not qualify for a volume.',
  values: {
    NOT_SOURCE_CLUSTER: {
      description: 'The source of the clone is on another cluster, and clones stay on it.',
    },
    CORDONED: { description: 'The operator lets it take no new volumes.' },
    DRAINING: { description: 'It is being emptied.' },
    EXCLUDED: { description: 'It has refused this volume already.' },
    NOT_CONNECTED: { description: 'It cannot be reached, refuses us, or is in quarantine.' },
    NOT_OBSERVED: { description: 'Nothing is known of it yet.' },
    OBSERVATION_TOO_OLD: { description: 'What is known of it is older than the policy allows.' },
    UNHEALTHY: { description: 'It reports an error.' },
    TOO_FEW_REPLICAS: { description: 'It cannot honour so many replicas now.' },
    NO_EFFECTIVE_CAPACITY: { description: 'It has no usable storage.' },
    PROMISED_LIMIT: { description: 'Its provisioned ratio would exceed what the policy allows.' },
    WRITTEN_LIMIT: { description: 'Too little of it would remain physically free.' },
    LABELS_NOT_MATCHED: { description: 'Its labels are not what the policy requires.' },
    VOLUME_TOO_LARGE: { description: 'The volume is larger than the policy allows.' },
    TOO_MANY_VOLUMES: { description: 'It holds as many volumes as the policy allows.' },
    GROUP_LIMIT: { description: 'The group has as many volumes there as the policy allows.' },
  },
})

export const rejection = builder.objectRef<Rejection>('Rejection').implement({
  description: 'Why a cluster does not qualify, with the numbers used.',
  fields: (t) => ({
    reason: t.expose('reason', { type: rejectionReason, description: 'The filter that rejected it.' }),
    explanation: t.exposeString('explanation', {
      description: "For people, in the request's terms, with the numbers used.",
    }),
    remedy: t.exposeString('remedy', { description: 'What would make it pass, for people.' }),
    shortfallBytes: t.expose('shortfallBytes', {
      type: 'Bytes',
      nullable: true,
      description:
        'How many bytes too much the request is for it; for WRITTEN_LIMIT how many bytes of physical storage are missing; null where bytes are not the cause.',
    }),
    fittingSizeBytes: t.expose('fittingSizeBytes', {
      type: 'Bytes',
      nullable: true,
      description:
        'The largest logical size, of a growth the largest growth, that would pass this filter, in bytes, 0 when none would; null where bytes are not the cause.',
    }),
  }),
})
