import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import { SignJWT } from 'jose'
import { keyIdOf } from '../cluster/credentials.ts'

/** The id of the credential that the installation leaves in each scope. */
export const INSTALLED_CREDENTIAL_ID = 'root'

export interface TokenRequest {
  /** `system`, or a project's name. */
  readonly scope: string
  /** `cluster-admin` or `cluster-viewer` in the system scope, `admin` or `viewer` in a project. */
  readonly role: string
  /** From now; negative makes a token that has expired. */
  readonly expiresInSeconds: number
}

/** Signs tokens with the RSA key of whoever installed the fleet; one key serves all clusters. */
export class TokenSigner {
  readonly #privateKey: KeyObject

  constructor(privateKeyPem: string) {
    this.#privateKey = createPrivateKey(privateKeyPem)
  }

  /** A new RSA-2048 private key, as PKCS#8 PEM. */
  static async generateKeyPem(): Promise<string> {
    const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 })
    return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  }

  /** The public half as a credential's payload: base64 of PEM. */
  publicKeyPayload(): string {
    const pem = createPublicKey(this.#privateKey).export({ type: 'spki', format: 'pem' })
    return Buffer.from(pem.toString()).toString('base64')
  }

  /** A token for the clusters that carry the installed credential of the scope. */
  async sign({ scope, role, expiresInSeconds }: TokenRequest): Promise<string> {
    const nowSeconds = Math.floor(Date.now() / 1000)
    return new SignJWT({ roles: [`${scope}:${role}`] })
      .setProtectedHeader({ alg: 'RS256', kid: keyIdOf(scope, INSTALLED_CREDENTIAL_ID) })
      .setSubject('simulator')
      .setIssuer('simulator')
      .setIssuedAt(nowSeconds)
      .setExpirationTime(nowSeconds + expiresInSeconds)
      .sign(this.#privateKey)
  }
}
