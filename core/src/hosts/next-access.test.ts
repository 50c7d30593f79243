import { describe, expect, it, test } from 'vitest'
import type { HostAccess } from './host-access.ts'
import { isHostAddress } from './host-address.ts'
import { type AccessChange, nextAccess, type WantedHost, writtenAccess } from './next-access.ts'

const host = (nqn: string, mode: WantedHost['mode'], addresses: readonly string[] = []) => ({
  nqn,
  mode,
  addresses,
})
const seen = (hostNqns: HostAccess['hostNqns'], addresses: HostAccess['addresses'] = 'ANY'): HostAccess => ({
  hostNqns,
  addresses,
})

/** As many addresses as a cluster can list. */
const FULL = seen(
  ['x'],
  Array.from({ length: 16 }, (_, number) => `10.9.9.${number}`),
)

const beside = (hosts: readonly WantedHost[]) => ({ hosts, change: 'BESIDE', written: null }) as const

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
    [
      'adds its addresses to those of a stranger',
      [host('a', 'SHARED', ['10.0.0.1'])],
      seen(['x'], ['10.9.9.9']),
      seen(['a', 'x'], ['10.0.0.1', '10.9.9.9']),
    ],
    [
      'opens the addresses beside a stranger only for one that may come from anywhere',
      [host('a', 'SHARED')],
      seen(['x'], ['10.9.9.9']),
      seen(['a', 'x']),
    ],
    [
      'leaves the addresses to a stranger',
      [host('a', null, ['10.0.0.1'])],
      seen(['a', 'x'], ['10.0.0.1', '10.9.9.9']),
      seen(['x'], ['10.0.0.1', '10.9.9.9']),
    ],
    [
      'closes no addresses that a stranger may come from',
      [host('a', 'SHARED', ['10.0.0.1'])],
      seen(['x']),
      seen(['a', 'x']),
    ],
  ])('%s', (_name, wanted, present, access) => {
    expect(nextAccess(beside(wanted), present)).toEqual({ kind: 'CHANGE', access })
    expect(nextAccess(beside(wanted), access)).toEqual({ kind: 'AS_WANTED' })
  })

  it.each([
    ['an exclusive attachment beside a stranger', [host('a', 'EXCLUSIVE')], seen(['x'])],
    ['anything where every host is admitted', [host('a', null)], seen('ANY')],
    ['more addresses than a list holds beside a stranger', [host('a', 'SHARED', ['10.0.0.1'])], FULL],
  ])('refuses %s', (_name, wanted, present) => {
    expect(nextAccess(beside(wanted), present)).toMatchObject({ kind: 'FOREIGN' })
  })
})

describe('the access of a volume that others have changed', () => {
  const ours = [host('a', 'EXCLUSIVE', ['10.0.0.1'])]
  it.each<[string, AccessChange, readonly WantedHost[], HostAccess, HostAccess, HostAccess | null]>([
    ['is closed to all but ours', 'ALONE', ours, seen([]), seen('ANY'), seen(['a'], ['10.0.0.1'])],
    ['is closed to all', 'ALONE', [], seen('ANY'), seen('ANY'), seen([])],
    ['locks a stranger out', 'ALONE', ours, seen([]), seen(['x']), seen(['a'], ['10.0.0.1'])],
    [
      'lets ours in again',
      'AS_WRITTEN',
      ours,
      seen(['a'], ['10.0.0.1']),
      seen([]),
      seen(['a'], ['10.0.0.1']),
    ],
    [
      'lets ours in again beside a stranger, whom it does not lock out',
      'AS_WRITTEN',
      ours,
      seen(['a'], ['10.0.0.1']),
      seen(['x'], ['10.9.9.9']),
      seen(['a', 'x'], ['10.0.0.1', '10.9.9.9']),
    ],
    [
      'leaves a stranger, and where it comes from',
      'AS_WRITTEN',
      [],
      seen([]),
      seen(['x'], ['10.9.9.9']),
      null,
    ],
    ['leaves a stranger', 'AS_WRITTEN', ours, seen(['a'], ['10.0.0.1']), seen(['a', 'x']), null],
    [
      'takes addresses back',
      'AS_WRITTEN',
      ours,
      seen(['a'], ['10.0.0.1']),
      seen(['a']),
      seen(['a'], ['10.0.0.1']),
    ],
    ['closes what was opened', 'AS_WRITTEN', [], seen([]), seen('ANY'), seen([])],
    [
      'keeps who had it when it was adopted',
      'AS_WRITTEN',
      ours,
      seen(['a', 'x']),
      seen('ANY'),
      seen(['a', 'x']),
    ],
    ['lets no stranger in again', 'AS_WRITTEN', ours, seen(['a', 'x']), seen(['a']), null],
    ['opens nothing that was adopted open', 'AS_WRITTEN', [], seen('ANY'), seen(['x']), null],
    [
      'narrows nothing that is not ours',
      'AS_WRITTEN',
      [],
      seen(['x'], ['10.0.0.5']),
      seen(['x'], ['10.0.0.5']),
      null,
    ],
  ])('%s', (_name, change, hosts, written, present, access) => {
    const wanted = { hosts, change, written }
    expect(nextAccess(wanted, present)).toEqual(access ? { kind: 'CHANGE', access } : { kind: 'AS_WANTED' })
    if (access) expect(nextAccess(wanted, access)).toEqual({ kind: 'AS_WANTED' })
  })

  it.each<[string, HostAccess | null, HostAccess, HostAccess]>([
    ['is what was asked for', seen([]), seen(['a'], ['10.0.0.1']), seen(['a'], ['10.0.0.1'])],
    ['leaves out who was let in by others', seen([]), seen(['a', 'x']), seen(['a'], ['10.0.0.1'])],
    ['holds who was there when it was adopted', seen(['x']), seen(['a', 'x']), seen(['a', 'x'])],
    ['is what is seen where nothing is known', null, seen(['a', 'x']), seen(['a', 'x'])],
  ])('as it is written after an attachment %s', (_name, written, present, expected) => {
    expect(writtenAccess({ hosts: ours, change: 'BESIDE', written }, present)).toEqual(expected)
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
