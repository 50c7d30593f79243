import { createPrivateKey, type KeyObject } from 'node:crypto'
import { type ClusterCredential, DriverError, type SigningKey } from '@flotilla/core/ports/cluster-driver'
import { SignJWT } from 'jose'

const LIFETIME_MS = 5 * 60_000
const RENEW_BEFORE_END_MS = 60_000

/** Where the bearer token of each request comes from. */
export interface TokenSource {
  current(): Promise<string>
  /** Another token than the one the cluster did not accept, or `null` where there can be none. */
  instead(rejected: string): Promise<string | null>
  /** Name of the key of ours that signed the token; `null` for a given one, and for one that has been replaced. */
  keyIdOf(token: string): Promise<string | null>
}

export function tokenSource(credential: ClusterCredential, now: () => number = Date.now): TokenSource {
  return credential.kind === 'TOKEN'
    ? new GivenToken(credential.token.trim())
    : new SelfSignedTokens(credential.keys, now)
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

  async keyIdOf(): Promise<null> {
    return null
  }
}

/**
 * Short-lived tokens of the cluster's administrator role, signed with the key whose public half was imported
 * there. They carry no `iat` and no `nbf`, so a cluster whose clock is behind ours accepts them too. Each renewal begins
 * with the newest key, so that a cluster is moved over by itself once that was imported there.
 */
class SelfSignedTokens implements TokenSource {
  readonly #keys: readonly [SigningKey, ...SigningKey[]]
  readonly #now: () => number
  #signed:
    | { readonly key: SigningKey; readonly token: Promise<string>; readonly renewAtMs: number }
    | undefined

  constructor(keys: readonly [SigningKey, ...SigningKey[]], now: () => number) {
    this.#keys = keys
    this.#now = now
  }

  current(): Promise<string> {
    const signed = this.#signed
    return signed && this.#now() < signed.renewAtMs ? signed.token : this.#renew(this.#keys[0])
  }

  /** By the next key, after the last one by the newest again. */
  async instead(rejected: string): Promise<string> {
    const signed = this.#signed
    const isStillCurrent = (await signed?.token) === rejected && this.#signed === signed
    if (!signed || !isStillCurrent) return this.current()
    return this.#renew(this.#keys[this.#keys.indexOf(signed.key) + 1] ?? this.#keys[0])
  }

  async keyIdOf(token: string): Promise<string | null> {
    const signed = this.#signed
    return (await signed?.token) === token ? (signed?.key.keyId ?? null) : null
  }

  #renew(key: SigningKey): Promise<string> {
    const expiresAtMs = this.#now() + LIFETIME_MS
    const token = this.#sign(key, expiresAtMs)
    this.#signed = { key, token, renewAtMs: expiresAtMs - RENEW_BEFORE_END_MS }
    return token
  }

  async #sign(key: SigningKey, expiresAtMs: number): Promise<string> {
    return new SignJWT({ roles: ['system:cluster-admin'] })
      .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid: `system:${key.keyId}` })
      .setSubject('flotilla')
      .setExpirationTime(Math.floor(expiresAtMs / 1000))
      .setJti(crypto.randomUUID())
      .sign(rsaKey(key.privateKeyPem))
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
