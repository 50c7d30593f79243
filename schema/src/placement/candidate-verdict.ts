import type { CandidateVerdict, Rejection } from '@flotilla/core/placement/verdict'
import { ratioToNumber } from '@flotilla/core/units/ratio'
import { builder } from '../builder.ts'

const rejectionReason = builder.enumType('RejectionReason', {
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

const rejection = builder.objectRef<Rejection>('Rejection').implement({
  description: 'Why a cluster does not qualify, with the numbers used.',
  fields: (t) => ({
    reason: t.expose('reason', { type: rejectionReason, description: 'The filter that rejected it.' }),
    explanation: t.exposeString('explanation', {
      description: "For people, in the request's terms, with the numbers used.",
    }),
    shortfallBytes: t.expose('shortfallBytes', {
      type: 'Bytes',
      nullable: true,
      description: 'How many bytes too much the request is for it; null where bytes are not the cause.',
    }),
  }),
})

export const candidateVerdict = builder.objectRef<CandidateVerdict>('CandidateVerdict').implement({
  description: 'What placement found about one cluster, with the figures it used.',
  fields: (t) => ({
    clusterId: t.exposeID('clusterId', { description: 'Id of the cluster.' }),
    clusterName: t.exposeString('clusterName', { description: 'Its name at that time.' }),
    rank: t.exposeInt('rank', {
      nullable: true,
      description: 'Its place among those that qualify, 1 is the chosen one; null when it was rejected.',
    }),
    provisionedBytes: t.field({
      type: 'Bytes',
      nullable: true,
      description: 'Promised on it, in bytes; null when it had not been observed.',
      resolve: ({ figures }) => figures?.provisionedBytes,
    }),
    pendingBytes: t.field({
      type: 'Bytes',
      nullable: true,
      description:
        'Promised by us and not yet in an inventory, in bytes; null when it had not been observed.',
      resolve: ({ figures }) => figures?.pendingBytes,
    }),
    effectiveBytes: t.field({
      type: 'Bytes',
      nullable: true,
      description: 'Its usable physical storage, in bytes; null when it had not been observed.',
      resolve: ({ figures }) => figures?.effectiveBytes,
    }),
    freeBytes: t.field({
      type: 'Bytes',
      nullable: true,
      description: 'Physically free on it, in bytes; null when it had not been observed.',
      resolve: ({ figures }) => figures?.freeBytes,
    }),
    observedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When its figures had been measured; null when it had not been observed.',
      resolve: ({ figures }) => figures && new Date(figures.observedAtMs),
    }),
    projectedRatio: t.float({
      nullable: true,
      description:
        '(provisioned + pending + size x replicas) / effective, a fraction; the lowest wins. Null where there is no ratio.',
      resolve: ({ projectedRatio }) => projectedRatio && ratioToNumber(projectedRatio),
    }),
    rejection: t.expose('rejection', {
      type: rejection,
      nullable: true,
      description: 'Why it does not qualify; null when it does.',
    }),
  }),
})
