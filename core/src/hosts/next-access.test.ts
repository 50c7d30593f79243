import { describe, expect, it, test } from 'vitest'
import type { HostAccess } from './host-access.ts'
import { isHostAddress } from './host-address.ts'
import { nextAccess, type WantedHost } from './next-access.ts'

const host = (nqn: string, mode: WantedHost['mode'], addresses: readonly string[] = []) => ({
  nqn,
  mode,
  addresses,
})
const seen = (hostNqns: HostAccess['hostNqns'], addresses: HostAccess['addresses'] = 'ANY'): HostAccess => ({
  hostNqns,
  addresses,
})

describe('the next step to the access that is wanted', () => {
  it.each([
    ['admits one', [host('a', 'EXCLUSIVE')], seen([]), seen(['a'])],
    [
      'admits one from its addresses',
      [host('a', 'EXCLUSIVE', ['10.0.0.1'])],
      seen([]),
      seen(['a'], ['10.0.0.1']),
    ],
    ['admits two', [host('b', 'SHARED'), host('a', 'SHARED')], seen(['a']), seen(['a', 'b'])],
    [
      'opens the addresses as soon as one host may come from anywhere',
      [host('a', 'SHARED', ['10.0.0.1']), host('b', 'SHARED')],
      seen(['a'], ['10.0.0.1']),
      seen(['a', 'b']),
    ],
    ['takes one out', [host('a', null), host('b', 'SHARED')], seen(['a', 'b']), seen(['b'])],
    ['takes the last one out', [host('a', null, ['10.0.0.1'])], seen(['a'], ['10.0.0.1']), seen([])],
    ['keeps whom others have let in', [host('a', 'SHARED')], seen(['x']), seen(['a', 'x'])],
    ['takes out ours only', [host('a', null)], seen(['a', 'x']), seen(['x'])],
  ])('%s', (_name, wanted, present, access) => {
    expect(nextAccess(wanted, present)).toEqual({ kind: 'CHANGE', access })
    expect(nextAccess(wanted, access)).toEqual({ kind: 'AS_WANTED' })
  })

  it.each([
    ['an exclusive attachment beside a stranger', [host('a', 'EXCLUSIVE')], seen(['x'])],
    ['anything where every host is admitted', [host('a', null)], seen('ANY')],
  ])('refuses %s', (_name, wanted, present) => {
    expect(nextAccess(wanted, present)).toMatchObject({ kind: 'FOREIGN' })
  })
})

test.each([
  ['10.0.0.1', true],
  ['2001:db8::1', true],
  ['::ffff:10.0.0.1', true],
  ['10.0.0', false],
  ['10.0.0.256', false],
  ['10.0.0.1/24', false],
  ['10.0.0.1.', false],
  ['host.example', false],
  ['::g', false],
  ['ALLOW_ANY', false],
])('%s is an address: %s', (text, is) => {
  expect(isHostAddress(text)).toBe(is)
})
