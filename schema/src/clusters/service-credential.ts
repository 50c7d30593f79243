import type { ServiceCredential, ServiceKey } from '@flotilla/core/ports/service-keys'
import { builder } from '../builder.ts'

const formerServiceKey = builder.objectRef<ServiceKey>('FormerServiceKey').implement({
  description: 'The public half of the key pair that we signed with before.',
  fields: (t) => ({
    keyId: t.exposeString('keyId', { description: 'Name of the key, as it was imported.' }),
    publicKeyPem: t.exposeString('publicKeyPem', { description: 'The public key as PEM.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
  }),
})

export const serviceCredential = builder.objectRef<ServiceCredential>('ServiceCredential').implement({
  description: 'The public half of the newest key pair that we sign with.',
  fields: (t) => ({
    keyId: t.exposeString('keyId', { description: 'Name of the key, to be given when it is imported.' }),
    publicKeyPem: t.exposeString('publicKeyPem', { description: 'The public key as PEM.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
    former: t.expose('former', {
      type: formerServiceKey,
      nullable: true,
      description:
        'The key before it, which we sign with where this one is not accepted; null when it was retired, or there was none.',
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
