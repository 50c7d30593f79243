import type { ClusterTls } from '@flotilla/core/clusters/cluster'
import { InvalidInputError } from '@flotilla/core/errors'
import type { CredentialInput } from '@flotilla/core/ports/fleet-commands'
import { builder } from '../builder.ts'
import { tlsMode } from './cluster-enums.ts'

export const clusterTlsInput = builder.inputType('ClusterTlsInput', {
  description: 'How the certificate of a cluster is to be verified.',
  fields: (t) => ({
    mode: t.field({ type: tlsMode, required: true, description: 'The way; the rest follows from it.' }),
    caCertificatePem: t.string({ description: 'For CA, and only there: the authority as PEM.' }),
    certificateSha256: t.string({
      description:
        'For PINNED, and only there: SHA-256 of the certificate (DER), 64 hexadecimal digits, with or without colons.',
    }),
  }),
})

export const clusterCredentialInput = builder.inputType('ClusterCredentialInput', {
  description: 'How we prove to a cluster who we are. Exactly one of the two.',
  fields: (t) => ({
    token: t.string({ description: 'A token that the cluster accepts. Stored encrypted, never shown.' }),
    keyPair: t.boolean({
      description:
        'True: we sign our own tokens. Import the key of the query `serviceCredential` on the cluster first.',
    }),
  }),
})

/** @throws InvalidInputError when what the mode needs is absent, or what another mode needs is given */
export function readTls(input: typeof clusterTlsInput.$inferInput): ClusterTls {
  const { mode, caCertificatePem, certificateSha256 } = input
  if (mode === 'CA' && caCertificatePem && !certificateSha256) return { mode, caCertificatePem }
  if (mode === 'PINNED' && certificateSha256 && !caCertificatePem) {
    return { mode, certificateSha256: certificateSha256.replaceAll(':', '').toLowerCase() }
  }
  if (mode === 'SYSTEM' && !caCertificatePem && !certificateSha256) return { mode }
  throw new InvalidInputError([
    {
      path: ['input', 'tls'],
      message: `mode ${mode} does not fit the other fields`,
      allowed: 'SYSTEM alone, CA with caCertificatePem, or PINNED with certificateSha256',
    },
  ])
}

/** @throws InvalidInputError unless exactly one of the two is given */
export function readCredential(input: typeof clusterCredentialInput.$inferInput): CredentialInput {
  if (input.token && !input.keyPair) return { token: input.token }
  if (input.keyPair && !input.token) return { keyPair: true }
  throw new InvalidInputError([
    {
      path: ['input', 'credential'],
      message: input.token ? 'both ways are given' : 'neither way is given',
      allowed: 'exactly one of token and keyPair: true',
    },
  ])
}
