import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createSecretKey,
  type KeyObject,
  randomBytes,
} from 'node:crypto'

/** Seals secrets for the database: AES-256-GCM, the key outside of it. */
export interface Vault {
  /** `context` says where the sealed secret belongs (row and column); it opens nowhere else. */
  seal(secret: string, context: string): Uint8Array<ArrayBuffer>
  /** @throws when the key is another one, or the text was changed or moved */
  open(sealed: Uint8Array, context: string): string
  /** Whether it was sealed with the key that seals now; what was not is lost when its own key is taken out. */
  isCurrent(sealed: Uint8Array): boolean
}

const KEY_ID_BYTES = 4
const NONCE_BYTES = 12
const TAG_BYTES = 16

/**
 * @param masterKeys base64 of 32 bytes each; the first seals, all open, so that a key can be rotated
 *
 * Layout: key id (4) | nonce (12) | tag (16) | ciphertext. A nonce is random: at 96 bits one key is good for 2^32 secrets.
 */
export function createVault(masterKeys: readonly [string, ...string[]]): Vault {
  const keys = masterKeys.map(readKey)
  const [sealing] = keys
  if (!sealing) throw new Error('a vault needs a key')
  return {
    seal(secret, context) {
      const nonce = randomBytes(NONCE_BYTES)
      const cipher = createCipheriv('aes-256-gcm', sealing.key, nonce).setAAD(Buffer.from(context))
      const text = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()])
      return Uint8Array.from(Buffer.concat([sealing.id, nonce, cipher.getAuthTag(), text]))
    },
    open(sealed, context) {
      const bytes = Buffer.from(sealed)
      const id = bytes.subarray(0, KEY_ID_BYTES)
      const found = keys.find((candidate) => candidate.id.equals(id))
      if (!found) throw new Error(`no master key with the id ${id.toString('hex')}`)
      const nonceEnd = KEY_ID_BYTES + NONCE_BYTES
      const tagEnd = nonceEnd + TAG_BYTES
      const decipher = createDecipheriv('aes-256-gcm', found.key, bytes.subarray(KEY_ID_BYTES, nonceEnd), {
        authTagLength: TAG_BYTES,
      })
        .setAAD(Buffer.from(context))
        .setAuthTag(bytes.subarray(nonceEnd, tagEnd))
      return Buffer.concat([decipher.update(bytes.subarray(tagEnd)), decipher.final()]).toString('utf8')
    },
    isCurrent: (sealed) => sealing.id.equals(sealed.subarray(0, KEY_ID_BYTES)),
  }
}

function readKey(text: string): { id: Buffer; key: KeyObject } {
  const bytes = Buffer.from(text, 'base64')
  if (bytes.length !== 32) throw new Error('a master key is 32 bytes in base64')
  const id = createHash('sha256').update(bytes).digest().subarray(0, KEY_ID_BYTES)
  return { id, key: createSecretKey(bytes) }
}
