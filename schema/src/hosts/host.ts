import type { Host } from '@flotilla/core/hosts/host'
import { builder } from '../builder.ts'
import { isNode } from '../identity/is-node.ts'
import { readId } from '../identity/parse-node-id.ts'

export const host = builder.node(builder.objectRef<Host>('Host'), {
  id: { resolve: ({ id }) => id, description: 'Begins with `hst_`.' },
  description: 'A machine that attaches volumes, known by its NVMe host NQN.',
  isTypeOf: isNode('Host'),
  loadManyWithoutCache: (ids, { loaders }) => ids.map((id) => loaders.host.load(readId('Host', id, 'id'))),
  fields: (t) => ({
    nqn: t.exposeString('nqn', {
      description: 'Who it is to clusters, as in its `/etc/nvme/hostnqn`. Unique among hosts; never changes.',
    }),
    name: t.exposeString('name', {
      nullable: true,
      description: 'For people; null when it was given none.',
    }),
    addresses: t.exposeStringList('addresses', {
      description: 'IP addresses that it connects from, as RFC 5952 writes them; empty when any will do.',
    }),
    revision: t.exposeInt('revision', { description: 'Grows with each change; for `expectedRevision`.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was registered.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When this record last changed.' }),
    deletedAt: t.expose('deletedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was deleted; null before.',
    }),
  }),
})

builder.queryField('host', (t) =>
  t.field({
    type: host,
    nullable: true,
    description: 'One host, deleted or not; null when there is none with this id.',
    args: { id: t.arg.id({ required: true, description: 'Id of the host.' }) },
    resolve: (_root, { id }, { loaders }) => loaders.host.load(readId('Host', id, 'id')),
  }),
)
