import type { ClusterTls } from '../clusters/cluster.ts'
import type { CredentialInput } from '../ports/fleet-commands.ts'
import type { InputIssues } from './input-issues.ts'

const MAX_ENDPOINTS = 16
const ENDPOINT_ALLOWED = 'https://host or https://host:port, nothing behind it'
const TOKEN = /^[\x21-\x7e]{1,8192}$/

export function checkEndpoints(issues: InputIssues, endpoints: readonly string[]): void {
  issues.require(
    endpoints.length >= 1 && endpoints.length <= MAX_ENDPOINTS,
    'endpoints',
    `has ${endpoints.length} entries`,
    `1 to ${MAX_ENDPOINTS}`,
  )
  for (const [index, endpoint] of endpoints.entries()) {
    const fault = endpointFault(endpoint)
    issues.require(
      fault === null,
      `endpoints.${index}`,
      `"${withoutSecrets(endpoint)}" ${fault}`,
      ENDPOINT_ALLOWED,
    )
  }
}

/** What may be repeated to the caller: whatever stands before an @ could be a password. */
function withoutSecrets(endpoint: string): string {
  return endpoint.replace(/^.*@/s, '***@').slice(0, 200)
}

function endpointFault(endpoint: string): string | null {
  if (!URL.canParse(endpoint)) return 'is no URL'
  const url = new URL(endpoint)
  if (url.protocol !== 'https:') return `has the scheme ${url.protocol}`
  if (url.username || url.password) return 'holds credentials'
  if (url.pathname !== '/' || url.search || url.hash) return 'has a path, a query or a fragment'
  return null
}

/** The form that endpoints are stored and compared in. */
export function normaliseEndpoint(endpoint: string): string {
  return new URL(endpoint).origin
}

export function checkTls(issues: InputIssues, tls: ClusterTls): void {
  if (tls.mode === 'CA') {
    issues.require(
      /-----BEGIN CERTIFICATE-----[\s\S]+-----END CERTIFICATE-----/.test(tls.caCertificatePem),
      'tls.caCertificatePem',
      'holds no certificate',
      'one or more certificates in PEM form',
    )
  }
  if (tls.mode === 'PINNED') {
    issues.require(
      /^[0-9a-f]{64}$/.test(tls.certificateSha256),
      'tls.certificateSha256',
      'is no SHA-256 fingerprint',
      '64 hexadecimal digits, colons allowed, as `openssl x509 -noout -fingerprint -sha256` prints it',
    )
  }
}

export function checkCredential(issues: InputIssues, credential: CredentialInput): void {
  if (!('token' in credential)) return
  issues.require(
    TOKEN.test(credential.token),
    'credential.token',
    credential.token === '' ? 'is empty' : 'has blanks or other characters that no token has, or is too long',
    'the token as the cluster gave it, at most 8192 characters',
  )
}
