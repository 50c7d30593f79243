import {
  IdempotencyConflictError,
  InvalidInputError,
  InvalidStateError,
  NotFoundError,
  RevisionConflictError,
} from '@flotilla/core/errors'
import { builder } from '../builder.ts'
import { readId } from '../identity/parse-node-id.ts'
import { labelInput } from '../labels/label.ts'
import { readLabels } from '../labels/read-labels.ts'
import { optionalKey } from '../operations/optional-key.ts'
import { clusterAdminState } from './cluster-enums.ts'
import { clusterCredentialInput, clusterTlsInput, readCredential, readTls } from './cluster-inputs.ts'
import { clusterPayload } from './cluster-payload.ts'

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

const updateClusterPayload = clusterPayload('UpdateClusterPayload', {
  description: 'The change is stored.',
  cluster: 'The cluster as it is now.',
  operation: 'What was asked for, done.',
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
