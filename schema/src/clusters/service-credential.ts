import type { ServiceCredential, ServiceKey } from '@flotilla/core/ports/service-keys'
import { builder } from '../builder.ts'
import { pageArgs } from '../paging/page-args.ts'
import { pageComplexity, readPage, toConnection } from '../paging/read-page.ts'
import { clusterConnection } from './cluster-list.ts'

interface FormerKey extends ServiceKey {
  readonly newestKeyId: string
}

const formerServiceKey = builder.objectRef<FormerKey>('FormerServiceKey').implement({
  description: 'The public half of the key pair that we signed with before.',
  fields: (t) => ({
    keyId: t.exposeString('keyId', { description: 'Name of the key, as it was imported.' }),
    publicKeyPem: t.exposeString('publicKeyPem', { description: 'The public key as PEM.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
    neededBy: t.field({
      type: clusterConnection,
      description:
        'Clusters that are registered with a key pair and were not seen to accept the newest key at their last poll, by name: import it there. One moves over within minutes after that. None: this key can be retired.',
      complexity: pageComplexity,
      args: pageArgs,
      resolve: async ({ newestKeyId }, args, { reader }) => {
        const page = readPage<'NAME'>(args, { field: 'NAME', direction: 'ASC' })
        return toConnection(await reader.listClusters({ withoutKey: newestKeyId }, page), page)
      },
    }),
  }),
})

export const serviceCredential = builder.objectRef<ServiceCredential>('ServiceCredential').implement({
  description: 'The public half of the newest key pair that we sign with.',
  fields: (t) => ({
    keyId: t.exposeString('keyId', { description: 'Name of the key, to be given when it is imported.' }),
    publicKeyPem: t.exposeString('publicKeyPem', { description: 'The public key as PEM.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
    former: t.field({
      type: formerServiceKey,
      nullable: true,
      description:
        'The key before it, which we sign with where this one is not accepted; null when it was retired, or there was none.',
      resolve: ({ former, keyId: newestKeyId }) => former && { ...former, newestKeyId },
    }),
  }),
})

builder.queryField('serviceCredential', (t) =>
  t.field({
    type: serviceCredential,
    description: 'The key to import on a cluster that is registered with `credential: {keyPair: true}`.',
    resolve: (_root, _args, { commands }) => commands.serviceCredential(),
  }),
)
