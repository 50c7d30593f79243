import type { DriverReason } from '@flotilla/core/ports/cluster-driver'
import { errors } from 'undici'

const REASONS: Readonly<Record<string, DriverReason>> = {
  ENOTFOUND: 'DNS',
  EAI_AGAIN: 'DNS',
  EAI_FAIL: 'DNS',
  EAI_NODATA: 'DNS',
  EAI_NONAME: 'DNS',
  ETIMEDOUT: 'TIMEOUT',
  UND_ERR_CONNECT_TIMEOUT: 'TIMEOUT',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'MALFORMED_ANSWER',
  UND_ERR_HEADERS_OVERFLOW: 'MALFORMED_ANSWER',
  UND_ERR_CLOSED: 'CANCELLED',
  UND_ERR_DESTROYED: 'CANCELLED',
  EPROTO: 'TLS',
}
const SYSTEM_OR_CLIENT_CODE = /^(E[A-Z0-9]+|UND_ERR_[A-Z_]+)$/

/** Why a connection or an answer failed, by the code of the error that Node or undici gave. */
export function transportReason(error: Error): DriverReason {
  const code = codeOf(error)
  const known = REASONS[code]
  if (known) return known
  if (error instanceof errors.HTTPParserError) return 'MALFORMED_ANSWER'
  // What remains are OpenSSL's verification results (`CERT_HAS_EXPIRED`), `ERR_TLS_...` and `ERR_SSL_...`.
  return code === '' || SYSTEM_OR_CLIENT_CODE.test(code) ? 'CONNECT' : 'TLS'
}

/** The error's text for people, without Node's advice on its own command line. */
export function transportMessage(error: Error): string {
  const [first] = error instanceof AggregateError ? error.errors : []
  const text = error.message || (first instanceof Error ? first.message : '') || codeOf(error)
  return text.replace(/; if the root CA is installed locally.*/, '')
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : ''
}
