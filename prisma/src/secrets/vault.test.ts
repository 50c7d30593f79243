import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createVault } from './vault.ts'

const key = (byte: number) => Buffer.alloc(32, byte).toString('base64')
const vault = createVault([key(1)])
const context = 'cluster.credential_sealed/cls_1'

test('whatever was sealed opens again', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme' }),
      fc.string(),
      (secret, where) => vault.open(vault.seal(secret, where), where) === secret,
    ),
  )
})

test('the same secret is sealed to another text each time, and shows nowhere in it', () => {
  const sealed = [vault.seal('secret', context), vault.seal('secret', context)]
  expect(sealed[0]).not.toEqual(sealed[1])
  for (const each of sealed) expect(Buffer.from(each).includes('secret')).toBe(false)
})

test.each<[name: string, change: (sealed: Uint8Array) => Uint8Array]>([
  ['its nonce changed', (sealed) => flip(sealed, 4)],
  ['its tag changed', (sealed) => flip(sealed, 16)],
  ['its text changed', (sealed) => flip(sealed, 32)],
  ['its last byte missing', (sealed) => sealed.slice(0, -1)],
  ['a byte more', (sealed) => Uint8Array.from([...sealed, 0])],
  ['its tag cut short', (sealed) => sealed.slice(0, 20)],
  ['nothing left of it', () => new Uint8Array()],
])('does not open with %s', (_name, change) => {
  const sealed = vault.seal('secret', context)
  expect(() => vault.open(change(sealed), context)).toThrow()
})

test('a tag is whole or none: its first bytes alone open nothing, not even an empty secret', () => {
  const sealed = vault.seal('', context)
  for (const length of [20, 24, 28, 31]) expect(() => vault.open(sealed.slice(0, length), context)).toThrow()
})

test('opens in its own row and column only', () => {
  const sealed = vault.seal('secret', context)
  expect(() => vault.open(sealed, 'cluster.credential_sealed/cls_2')).toThrow()
  expect(() => vault.open(sealed, '')).toThrow()
})

test('another key does not open it, and the fault names the key that is missing, not the secret', () => {
  const sealed = vault.seal('secret', context)
  expect(() => createVault([key(2)]).open(sealed, context)).toThrow(/^no master key with the id [0-9a-f]{8}$/)
})

test('a key is rotated: the new one seals, the old one still opens until it is taken out', () => {
  const before = vault.seal('old', context)
  const rotating = createVault([key(2), key(1)])
  expect(rotating.open(before, context)).toBe('old')
  const after = rotating.seal('new', context)
  expect([rotating.isCurrent(before), rotating.isCurrent(after)]).toEqual([false, true])
  expect(createVault([key(2)]).open(after, context)).toBe('new')
  expect(() => vault.open(after, context)).toThrow()
  expect(() => createVault([key(2)]).open(before, context)).toThrow()
})

test.each([
  ['empty', ''],
  ['too short', Buffer.alloc(31).toString('base64')],
  ['too long', Buffer.alloc(33).toString('base64')],
])('a master key that is %s is refused', (_name, text) => {
  expect(() => createVault([key(1), text])).toThrow('32 bytes')
})

function flip(sealed: Uint8Array, position: number): Uint8Array {
  return sealed.map((byte, index) => (index === position ? byte ^ 1 : byte))
}
