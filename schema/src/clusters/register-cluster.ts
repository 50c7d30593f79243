import { IdempotencyConflictError, InvalidInputError, NameTakenError } from '@flotilla/core/errors'
import { builder } from '../builder.ts'
import { labelInput } from '../labels/label.ts'
import { readLabels } from '../labels/read-labels.ts'
import { clusterCredentialInput, clusterTlsInput, readCredential, readTls } from './cluster-inputs.ts'
import { clusterPayload } from './cluster-payload.ts'

const registerClusterInput = builder.inputType('RegisterClusterInput', {
  description: 'What it takes to register a cluster.',
  fields: (t) => ({
    idempotencyKey: t.string({
      required: true,
      description:
        'Chosen by the caller: the same key and input answers with the original operation, so a request may be repeated safely.',
    }),
    name: t.string({ required: true, description: 'Unique in the fleet.' }),
    driver: t.string({
      required: true,
      defaultValue: 'lightos',
      description: 'Kind of cluster, the name of its driver.',
    }),
    endpoints: t.stringList({
      required: true,
      description: "Addresses of the cluster's API, as `https://host:port`; tried in turn.",
    }),
    tls: t.field({ type: clusterTlsInput, required: true, description: 'How to verify its certificate.' }),
    credential: t.field({
      type: clusterCredentialInput,
      required: true,
      description: 'How to prove to it who we are.',
    }),
    labels: t.field({
      type: [labelInput],
      required: true,
      defaultValue: [],
      description: 'Labels, each key once.',
    }),
  }),
})

const registerClusterPayload = clusterPayload('RegisterClusterPayload', {
  description: 'The registration is stored; a worker reaches the cluster next.',
  cluster: 'The new cluster, PENDING.',
  operation: 'Succeeds when the cluster has answered and its identity is pinned.',
})

builder.mutationField('registerCluster', (t) =>
  t.field({
    type: registerClusterPayload,
    description: 'Takes a cluster into the fleet.',
    errors: {
      types: [InvalidInputError, NameTakenError, IdempotencyConflictError],
      union: { name: 'RegisterClusterResult', description: 'Outcome of `registerCluster`.' },
    },
    args: { input: t.arg({ type: registerClusterInput, required: true, description: 'The cluster.' }) },
    resolve: (_root, { input }, { commands, viewer }) =>
      commands.registerCluster(
        {
          ...input,
          tls: readTls(input.tls),
          credential: readCredential(input.credential),
          labels: readLabels(input.labels),
        },
        viewer,
      ),
  }),
)
