import type { DriverCapabilities } from '@flotilla/core/clusters/driver-capabilities'
import { builder } from '../builder.ts'

const hostAccessKind = builder.enumType('HostAccessKind', {
  description: 'How clusters of a kind admit hosts to a volume.',
  values: {
    NQN: { description: 'By the NVMe name of each host.' },
    NONE: { description: 'Not one by one; volumes there cannot be attached with `attachVolume`.' },
  },
})

const replicaScope = builder.enumType('ReplicaScope', {
  description: 'What decides how many copies of a volume there are.',
  values: {
    PER_VOLUME: { description: 'Each volume has its own number.' },
    PER_POOL: { description: 'The pool that it is in.' },
  },
})

export const clusterCapabilities = builder.objectRef<DriverCapabilities>('ClusterCapabilities').implement({
  description:
    'What clusters of a kind can do at all. What they cannot is refused with an `InvalidInputError` before they are asked.',
  fields: (t) => ({
    snapshots: t.exposeBoolean('snapshots', {
      description: 'Whether snapshots of volumes can be taken, and volumes be restored to them.',
    }),
    clones: t.exposeBoolean('clones', {
      description: 'Whether a volume can begin as a copy of a snapshot or of another volume.',
    }),
    qos: t.exposeBoolean('qos', { description: 'Whether a volume can name a QoS policy of the cluster.' }),
    hostAccess: t.expose('hostAccess', {
      type: hostAccessKind,
      description: 'How hosts are admitted to a volume.',
    }),
    replicas: t.expose('replicas', {
      type: replicaScope,
      description: 'What decides how many copies of a volume there are.',
    }),
    maxReplicas: t.exposeInt('maxReplicas', {
      description: 'The most copies of a volume; a cluster with few servers can have fewer.',
    }),
    sizeGranularityBytes: t.expose('sizeGranularityBytes', {
      type: 'Bytes',
      description: 'Sizes are whole multiples of it, in bytes.',
    }),
  }),
})
