import { errors } from 'undici'
import { describe, expect, it } from 'vitest'
import { transportMessage, transportReason } from './transport-reason.ts'

function coded(code: string): Error {
  return Object.assign(new Error('x'), { code })
}

describe('transportReason', () => {
  it.each([
    ['ENOTFOUND', 'DNS'],
    ['EAI_AGAIN', 'DNS'],
    ['ECONNREFUSED', 'CONNECT'],
    ['ECONNRESET', 'CONNECT'],
    ['EHOSTUNREACH', 'CONNECT'],
    ['UND_ERR_SOCKET', 'CONNECT'],
    ['ETIMEDOUT', 'TIMEOUT'],
    ['UND_ERR_CONNECT_TIMEOUT', 'TIMEOUT'],
    ['CERT_HAS_EXPIRED', 'TLS'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'TLS'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'TLS'],
    ['EPROTO', 'TLS'],
    ['UND_ERR_DESTROYED', 'CANCELLED'],
    ['UND_ERR_HEADERS_OVERFLOW', 'MALFORMED_ANSWER'],
  ])('reads %s as %s', (code, reason) => {
    expect(transportReason(coded(code))).toBe(reason)
  })

  it('knows broken HTTP by its class, and takes what it does not know as a lost connection', () => {
    expect(transportReason(new errors.HTTPParserError('x'))).toBe('MALFORMED_ANSWER')
    expect(transportReason(new Error('x'))).toBe('CONNECT')
  })
})

describe('transportMessage', () => {
  it('finds words even where Node gives none of its own', () => {
    expect(transportMessage(new AggregateError([new Error('connect ECONNREFUSED ::1:443')]))).toContain('::1')
    expect(transportMessage(new Error('bad; if the root CA is installed locally, try this'))).toBe('bad')
  })
})
