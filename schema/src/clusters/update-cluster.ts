import type { Cluster } from '@flotilla/core/clusters/cluster'
import {
  IdempotencyConflictError,
  InvalidInputError,
  InvalidStateError,
  NotFoundError,
  RevisionConflictError,
} from '@flotilla/core/errors'
import type { Operation } from '@flotilla/core/operations/operation'
import { builder } from '../builder.ts'
import { readId } from '../identity/parse-node-id.ts'
import { labelInput } from '../labels/label.ts'
import { readLabels } from '../labels/read-labels.ts'
import { operation } from '../operations/operation.ts'
import { optionalKey } from '../operations/optional-key.ts'
import { cluster } from './cluster.ts'
import { clusterAdminState } from './cluster-enums.ts'
import { clusterCredentialInput, clusterTlsInput, readCredential, readTls } from './cluster-inputs.ts'

const updateClusterInput = builder.inputType('UpdateClusterInput', {
  description: 'What to change of a cluster. Absent fields, and those given as null, stay as they are.',
  fields: (t) => ({
    ...optionalKey(t),
    id: t.id({ required: true, description: 'Id of the cluster.' }),
    expectedRevision: t.int({
      description: 'The revision that was read; another one by now is a conflict. Absent: whatever it is.',
    }),
    labels: t.field({ type: [labelInput], description: 'All labels it shall have, each key once.' }),
    adminState: t.field({ type: clusterAdminState, description: 'What you want of it.' }),
    mutedUntil: t.field({
      type: 'DateTime',
      description:
        'It is in maintenance until then: no alerts are raised. A moment that is past ends maintenance.',
    }),
    endpoints: t.stringList({ description: "Addresses of the cluster's API, as `https://host:port`." }),
    tls: t.field({ type: clusterTlsInput, description: 'How to verify its certificate.' }),
    credential: t.field({ type: clusterCredentialInput, description: 'How to prove to it who we are.' }),
  }),
})

const updateClusterPayload = builder
  .objectRef<{ cluster: Cluster; operation: Operation }>('UpdateClusterPayload')
  .implement({
    description: 'The change is stored.',
    fields: (t) => ({
      cluster: t.expose('cluster', { type: cluster, description: 'The cluster as it is now.' }),
      operation: t.expose('operation', { type: operation, description: 'What was asked for, done.' }),
    }),
  })

builder.mutationField('updateCluster', (t) =>
  t.field({
    type: updateClusterPayload,
    description: 'Changes what the operator wants of a cluster, or how it is reached.',
    errors: {
      types: [
        InvalidInputError,
        NotFoundError,
        RevisionConflictError,
        InvalidStateError,
        IdempotencyConflictError,
      ],
      union: { name: 'UpdateClusterResult', description: 'Outcome of `updateCluster`.' },
    },
    args: { input: t.arg({ type: updateClusterInput, required: true, description: 'The change.' }) },
    resolve: (_root, { input }, { commands, viewer }) =>
      commands.updateCluster(
        {
          idempotencyKey: input.idempotencyKey ?? undefined,
          id: readId('Cluster', input.id, 'input.id'),
          expectedRevision: input.expectedRevision ?? undefined,
          adminState: input.adminState ?? undefined,
          mutedUntil: input.mutedUntil ?? undefined,
          endpoints: input.endpoints ?? undefined,
          labels: input.labels ? readLabels(input.labels) : undefined,
          tls: input.tls ? readTls(input.tls) : undefined,
          credential: input.credential ? readCredential(input.credential) : undefined,
        },
        viewer,
      ),
  }),
)
