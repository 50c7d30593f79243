import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { decodeProtectedHeader, jwtVerify } from 'jose'
import { describe, expect, it } from 'vitest'
import { tokenSource } from './token-source.ts'

const privateKeyPem = generateKeyPairSync('rsa', { modulusLength: 2048 })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString()
const credential = { kind: 'KEY_PAIR', keyId: 'fleet-1', privateKeyPem } as const

describe('self-signed tokens', () => {
  it('carry what the cluster asks for, for five minutes', async () => {
    const nowMs = Date.UTC(2026, 0, 1)
    const token = await tokenSource(credential, () => nowMs).current()
    expect(decodeProtectedHeader(token)).toMatchObject({ alg: 'RS256', kid: 'system:fleet-1' })
    const key = createPublicKey(privateKeyPem)
    const { payload } = await jwtVerify(token, key, { currentDate: new Date(nowMs) })
    expect(payload).toMatchObject({ roles: ['system:cluster-admin'], exp: nowMs / 1000 + 300 })
    expect(payload.sub).toBeTruthy()
  })

  it('are kept until a minute before their end', async () => {
    let nowMs = 0
    const tokens = tokenSource(credential, () => nowMs)
    const first = await tokens.current()
    nowMs = 239_999
    expect(await tokens.current()).toBe(first)
    nowMs = 240_000
    expect(await tokens.current()).not.toBe(first)
  })

  it('are replaced once when several calls were refused with the same one', async () => {
    const tokens = tokenSource(credential, () => 0)
    const rejected = await tokens.current()
    const [one, other] = await Promise.all([tokens.instead(rejected), tokens.instead(rejected)])
    expect(one).not.toBe(rejected)
    expect(other).toBe(one)
  })
})

describe('a given token', () => {
  it('is sent as it is, and has no substitute', async () => {
    const tokens = tokenSource({ kind: 'TOKEN', token: ' secret\n' })
    expect(await tokens.current()).toBe('secret')
    expect(await tokens.instead('secret')).toBeNull()
  })
})
