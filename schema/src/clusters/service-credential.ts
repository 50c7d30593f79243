import { builder } from '../builder.ts'

interface ServiceCredential {
  readonly keyId: string
  readonly publicKeyPem: string
}

const serviceCredential = builder.objectRef<ServiceCredential>('ServiceCredential').implement({
  description: 'The public half of the key pair that we sign with.',
  fields: (t) => ({
    keyId: t.exposeString('keyId', { description: 'Name of the key, to be given when it is imported.' }),
    publicKeyPem: t.exposeString('publicKeyPem', { description: 'The public key as PEM.' }),
  }),
})

builder.queryField('serviceCredential', (t) =>
  t.field({
    type: serviceCredential,
    description: 'The key to import on a cluster that is registered with `credential: {keyPair: true}`.',
    resolve: (_root, _args, { commands }) => commands.serviceCredential(),
  }),
)
