import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { decodeProtectedHeader, jwtVerify } from 'jose'
import { describe, expect, it } from 'vitest'
import { tokenSource } from './token-source.ts'

const newKey = () =>
  generateKeyPairSync('rsa', { modulusLength: 2048 })
    .privateKey.export({ type: 'pkcs8', format: 'pem' })
    .toString()
const privateKeyPem = newKey()
const key = { keyId: 'fleet-1', privateKeyPem }
const credential = { kind: 'KEY_PAIR', keys: [key] } as const
const rotated = { kind: 'KEY_PAIR', keys: [{ keyId: 'fleet-2', privateKeyPem: newKey() }, key] } as const
const signedWith = (token: string) => decodeProtectedHeader(token).kid

describe('self-signed tokens', () => {
  it('carry what the cluster asks for, for five minutes', async () => {
    const nowMs = Date.UTC(2026, 0, 1)
    const token = await tokenSource(credential, () => nowMs).current()
    expect(decodeProtectedHeader(token)).toMatchObject({ alg: 'RS256', kid: 'system:fleet-1' })
    const { payload } = await jwtVerify(token, createPublicKey(privateKeyPem), {
      currentDate: new Date(nowMs),
    })
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
    expect(signedWith(one ?? '')).toBe('system:fleet-1')
  })
})

describe('tokens of two keys', () => {
  it('are signed with the newest, and with the other where that is not accepted', async () => {
    const tokens = tokenSource(rotated, () => 0)
    const newest = await tokens.current()
    expect(signedWith(newest)).toBe('system:fleet-2')
    const [former, twin] = await Promise.all([tokens.instead(newest), tokens.instead(newest)])
    expect(signedWith(former ?? '')).toBe('system:fleet-1')
    expect(twin).toBe(former)
    expect(await tokens.current()).toBe(former)
    expect(await tokens.keyIdOf(former ?? '')).toBe('fleet-1')
    expect(await tokens.keyIdOf(newest)).toBeNull()
    await jwtVerify(former ?? '', createPublicKey(privateKeyPem), { currentDate: new Date(0) })
    // Somebody who was refused late learns what is accepted meanwhile.
    expect(await tokens.instead(newest)).toBe(former)
  })

  it('are signed with the newest again when the other is not accepted any more', async () => {
    const tokens = tokenSource(rotated, () => 0)
    const former = await tokens.instead(await tokens.current())
    const again = await tokens.instead(former ?? '')
    expect(signedWith(again ?? '')).toBe('system:fleet-2')
    expect(await tokens.current()).toBe(again)
  })

  it('begin with the newest at each renewal, so that a cluster moves over by itself', async () => {
    let nowMs = 0
    const tokens = tokenSource(rotated, () => nowMs)
    const former = await tokens.instead(await tokens.current())
    nowMs = 239_999
    expect(await tokens.current()).toBe(former)
    nowMs = 240_000
    expect(signedWith(await tokens.current())).toBe('system:fleet-2')
  })
})

describe('a given token', () => {
  it('is sent as it is, and has no substitute', async () => {
    const tokens = tokenSource({ kind: 'TOKEN', token: ' secret\n' })
    expect(await tokens.current()).toBe('secret')
    expect(await tokens.instead('secret')).toBeNull()
    expect(await tokens.keyIdOf('secret')).toBeNull()
  })
})
