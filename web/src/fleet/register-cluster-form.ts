import type { VariablesOf } from 'gql.tada'
import type { RegisterClusterDocument } from './register-cluster-document.ts'

export type RegisterClusterInput = VariablesOf<typeof RegisterClusterDocument>['input']

export interface RegisterClusterValues {
  readonly name: string
  /** One address a line. */
  readonly endpoints: string
  readonly tlsMode: 'SYSTEM' | 'CA' | 'PINNED'
  readonly caCertificatePem: string
  readonly certificateSha256: string
  readonly token: string
  /** `key=value`, separated by commas. */
  readonly labels: string
}

export type RegisterClusterField = keyof RegisterClusterValues

export const EMPTY_VALUES: RegisterClusterValues = {
  name: '',
  endpoints: '',
  tlsMode: 'SYSTEM',
  caCertificatePem: '',
  certificateSha256: '',
  token: '',
  labels: '',
}

/** What can be told without the server; it checks everything again. */
export const VALIDATE = {
  name: (name: string) => (name.trim() ? null : 'A cluster needs a name'),
  endpoints: (endpoints: string) =>
    lines(endpoints).length > 0 && lines(endpoints).every(isHttpsUrl)
      ? null
      : 'One address a line, each like https://10.0.0.1:443',
  caCertificatePem: (pem: string, { tlsMode }: RegisterClusterValues) =>
    tlsMode === 'CA' && !pem.includes('-----BEGIN CERTIFICATE-----')
      ? 'Paste one or more certificates in PEM form'
      : null,
  certificateSha256: (digest: string, { tlsMode }: RegisterClusterValues) =>
    tlsMode === 'PINNED' && !/^([0-9a-f]{2}:?){32}$/i.test(digest.trim())
      ? '64 hexadecimal digits, colons allowed'
      : null,
  token: (token: string) => (token.trim() ? null : 'Paste the token that the cluster gave'),
  labels: (labels: string) =>
    parseLabels(labels).every(({ key, value }) => key && value) ? null : 'Like site=fra1, tier=gold',
}

/** The form as the API takes it, without the idempotency key. */
export function toInput(values: RegisterClusterValues): Omit<RegisterClusterInput, 'idempotencyKey'> {
  const { tlsMode } = values
  return {
    name: values.name.trim(),
    endpoints: lines(values.endpoints),
    tls: {
      mode: tlsMode,
      ...(tlsMode === 'CA' ? { caCertificatePem: values.caCertificatePem } : {}),
      ...(tlsMode === 'PINNED' ? { certificateSha256: values.certificateSha256.trim() } : {}),
    },
    credential: { token: values.token.trim() },
    labels: parseLabels(values.labels),
  }
}

/** The field that an issue's path belongs to: `endpoints.0` to the endpoints, `tls.mode` to the TLS mode. */
export function fieldOfPath(path: string): RegisterClusterField | undefined {
  if (path.startsWith('tls.caCertificatePem')) return 'caCertificatePem'
  if (path.startsWith('tls.certificateSha256')) return 'certificateSha256'
  if (path.startsWith('tls')) return 'tlsMode'
  if (path.startsWith('credential')) return 'token'
  return (['name', 'endpoints', 'labels'] as const).find((field) => path.startsWith(field))
}

function parseLabels(text: string): { key: string; value: string }[] {
  return text
    .split(',')
    .filter((part) => part.trim())
    .map((part) => {
      const [key = '', ...value] = part.split('=')
      return { key: key.trim(), value: value.join('=').trim() }
    })
}

function lines(text: string): string[] {
  return text.split(/\s+/).filter(Boolean)
}

function isHttpsUrl(text: string): boolean {
  return URL.canParse(text) && new URL(text).protocol === 'https:'
}
