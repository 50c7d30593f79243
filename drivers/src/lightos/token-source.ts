import { createPrivateKey, type KeyObject } from 'node:crypto'
import { type ClusterCredential, DriverError } from '@flotilla/core/ports/cluster-driver'
import { SignJWT } from 'jose'

const LIFETIME_MS = 5 * 60_000
const RENEW_BEFORE_END_MS = 60_000

/** Where the bearer token of each request comes from. */
export interface TokenSource {
  current(): Promise<string>
  /** Another token than the one the cluster did not accept, or `null` where there can be none. */
  instead(rejected: string): Promise<string | null>
}

export function tokenSource(credential: ClusterCredential, now: () => number = Date.now): TokenSource {
  return credential.kind === 'TOKEN'
    ? new GivenToken(credential.token.trim())
    : new SelfSignedTokens(credential.keyId, credential.privateKeyPem, now)
}

class GivenToken implements TokenSource {
  readonly #token: string

  constructor(token: string) {
    this.#token = token
  }

  async current(): Promise<string> {
    if (!/^[\x21-\x7e]+$/.test(this.#token)) throw unusable('the token is empty or no bearer token')
    return this.#token
  }

  async instead(): Promise<null> {
    return null
  }
}

/**
 * Short-lived tokens of the cluster's administrator role, signed with the key whose public half was imported
 * there. They carry no `iat` and no `nbf`, so a cluster whose clock is behind ours accepts them too.
 */
class SelfSignedTokens implements TokenSource {
  readonly #keyId: string
  readonly #privateKeyPem: string
  readonly #now: () => number
  #signed: { readonly token: Promise<string>; readonly renewAtMs: number } | undefined

  constructor(keyId: string, privateKeyPem: string, now: () => number) {
    this.#keyId = keyId
    this.#privateKeyPem = privateKeyPem
    this.#now = now
  }

  current(): Promise<string> {
    const nowMs = this.#now()
    if (!this.#signed || nowMs >= this.#signed.renewAtMs) {
      const expiresAtMs = nowMs + LIFETIME_MS
      this.#signed = { token: this.#sign(expiresAtMs), renewAtMs: expiresAtMs - RENEW_BEFORE_END_MS }
    }
    return this.#signed.token
  }

  async instead(rejected: string): Promise<string> {
    const signed = this.#signed
    const isStillCurrent = (await signed?.token) === rejected && this.#signed === signed
    if (isStillCurrent) this.#signed = undefined
    return this.current()
  }

  async #sign(expiresAtMs: number): Promise<string> {
    return new SignJWT({ roles: ['system:cluster-admin'] })
      .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid: `system:${this.#keyId}` })
      .setSubject('flotilla')
      .setExpirationTime(Math.floor(expiresAtMs / 1000))
      .setJti(crypto.randomUUID())
      .sign(rsaKey(this.#privateKeyPem))
  }
}

function rsaKey(pem: string): KeyObject {
  const key = readKey(pem)
  if (key.asymmetricKeyType !== 'rsa') throw unusable('the private key is not an RSA key')
  return key
}

function readKey(pem: string): KeyObject {
  try {
    return createPrivateKey(pem)
  } catch {
    // The cause may quote the key.
    throw unusable('the private key cannot be read')
  }
}

function unusable(message: string): DriverError {
  return new DriverError('UNAUTHORIZED', 'UNAUTHENTICATED', `${message}; nothing was sent`)
}
