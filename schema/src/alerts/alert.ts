import type { Alert, AlertKind, AlertSeverity } from '@flotilla/core/alerts/alert'
import { builder } from '../builder.ts'
import { cluster } from '../clusters/cluster.ts'
import { existing } from '../identity/existing.ts'
import { isNode } from '../identity/is-node.ts'
import { readId } from '../identity/parse-node-id.ts'

export const alertKind = builder.enumType('AlertKind', {
  description: 'What somebody should look at. A cluster has at most one open alert of each kind.',
  values: {
    NEAR_FULL_PROMISED: { description: 'Little may still be promised by the default policy.' },
    NEAR_FULL_WRITTEN: { description: 'Little is physically free above the floor of the default policy.' },
    FORECAST_PROMISED: { description: 'The limit of what is promised will be reached soon.' },
    FORECAST_WRITTEN: { description: 'The floor of physically free storage will be reached soon.' },
    INVENTORY_MISMATCH: {
      description:
        'What it reports as promised and the sum over the volumes that it lists differ, on more than one inventory. The larger counts.',
    },
    STALE: { description: 'It was not observed for longer than the default policy allows.' },
    UNAUTHORIZED: { description: 'It refuses our credential.' },
    TOKEN_EXPIRING: { description: 'The token we were given expires soon, as it says itself.' },
    DEGRADED: { description: 'It reports that not all is well.' },
    FINDINGS_OPEN: {
      description:
        'It has volumes or snapshots otherwise than our records, which nobody has dealt with: findings that are open. Critical while one of ours is missing.',
    },
  } satisfies Record<AlertKind, object>,
})

export const alertSeverity = builder.enumType('AlertSeverity', {
  description: 'How soon somebody should look.',
  values: {
    WARNING: { description: 'Soon.' },
    CRITICAL: { description: 'Now.' },
  } satisfies Record<AlertSeverity, object>,
})

export const alert = builder.node(builder.objectRef<Alert>('Alert'), {
  id: { resolve: ({ id }) => id, description: 'Begins with `alr_`.' },
  description:
    'Something that somebody should look at: raised once, and cleared when its cause has been gone for a while.',
  isTypeOf: isNode('Alert'),
  loadManyWithoutCache: (ids, { loaders }) => ids.map((id) => loaders.alert.load(readId('Alert', id, 'id'))),
  fields: (t) => ({
    kind: t.expose('kind', { type: alertKind, description: 'What it is about.' }),
    severity: t.expose('severity', { type: alertSeverity, description: 'How soon somebody should look.' }),
    message: t.exposeString('message', { description: 'What is the matter, with the numbers.' }),
    cluster: t.field({
      type: cluster,
      description: 'The cluster that it is about.',
      resolve: ({ clusterId }, _args, { loaders }) => existing(loaders.cluster.load(clusterId), clusterId),
    }),
    raisedAt: t.expose('raisedAt', { type: 'DateTime', description: 'Since when it stands.' }),
    updatedAt: t.expose('updatedAt', {
      type: 'DateTime',
      description: 'When severity and numbers were last written.',
    }),
    quietSince: t.expose('quietSince', {
      type: 'DateTime',
      nullable: true,
      description: 'Since when its cause has been gone, while it waits whether that lasts; null otherwise.',
    }),
    clearedAt: t.expose('clearedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was cleared; null while it is open.',
    }),
    muted: t.boolean({
      description: 'Whether its cluster is in maintenance (`Cluster.mutedUntil`): nobody needs to come.',
      resolve: async ({ clusterId }, _args, { loaders, now }) => {
        const { mutedUntil } = await existing(loaders.cluster.load(clusterId), clusterId)
        return mutedUntil !== null && mutedUntil > now()
      },
    }),
  }),
})
