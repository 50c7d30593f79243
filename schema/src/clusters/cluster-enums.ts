import { builder } from '../builder.ts'

export const clusterAdminState = builder.enumType('ClusterAdminState', {
  description: 'What the operator wants of a cluster.',
  values: {
    ACTIVE: { description: 'May get new volumes.' },
    CORDONED: { description: 'Gets no new volumes; those it has go on.' },
    DRAINING: { description: 'Cordoned, and meant to be emptied.' },
  },
})

export const clusterConnectionState = builder.enumType('ClusterConnectionState', {
  description: 'What we see of a cluster.',
  values: {
    PENDING: { description: 'Not yet reached since it was registered.' },
    CONNECTED: { description: 'Answered the last poll.' },
    DISCONNECTED: { description: 'Did not answer the last polls.' },
    UNAUTHORIZED: {
      description:
        'Refuses our credential. Figures stay and work waits; give one that it accepts with `updateCluster`: the next poll tries it.',
    },
    QUARANTINED: {
      description:
        'Answers with another identity than the one it was registered with, so nothing it says is used. It leaves by itself when the right one answers; give the right endpoints with `updateCluster`. To accept the other one, detach it (with releaseVolumes where volumes of ours were on it) and register it anew.',
    },
  },
})

export const clusterHealth = builder.enumType('ClusterHealth', {
  description: 'Health as the cluster reports it.',
  values: {
    UNKNOWN: { description: 'It has not said.' },
    OK: { description: 'All is well.' },
    WARNING: { description: 'It works, with something to look at.' },
    ERROR: { description: 'It does not work as it should.' },
  },
})

export const credentialKind = builder.enumType('CredentialKind', {
  description: 'How we prove to a cluster who we are. The credential itself is never shown.',
  values: {
    TOKEN: { description: 'By a token that the operator gave.' },
    KEY_PAIR: { description: 'By tokens that we sign; our public key was imported there.' },
  },
})

export const tlsMode = builder.enumType('TlsMode', {
  description: 'How the certificate of a cluster is verified. There is no unverified mode.',
  values: {
    SYSTEM: { description: 'By the authorities that the system trusts.' },
    CA: { description: 'By an authority that is given.' },
    PINNED: { description: 'It must be exactly the certificate whose fingerprint is given.' },
  },
})
