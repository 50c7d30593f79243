import { describe, expect, it } from 'vitest'
import type { HostId } from '../identity/ids.ts'
import { sampleUuid } from '../testing/sample-fleet.ts'
import { sampleVolume } from '../testing/sample-volume.ts'
import { type AttachedHost, attachHosts, detachHosts } from './attach-volume.ts'
import type { AttachmentMode } from './attachment.ts'
import type { HostAccess } from './host-access.ts'

const id = (number: number): HostId => `hst_${sampleUuid(number)}`
const nqn = (number: number) => `nqn.2019-09.com.example:host-${number}`
const host = (number: number, addresses: readonly string[] = []) => ({
  id: id(number),
  nqn: nqn(number),
  addresses,
})
const attached = (number: number, mode: AttachmentMode): AttachedHost => ({
  hostId: id(number),
  nqn: nqn(number),
  addresses: [],
  wantedMode: mode,
  confirmedMode: mode,
})
const addresses = (from: number) => Array.from({ length: 10 }, (_, index) => `10.0.${from}.${index}`)

describe('attaching', () => {
  it.each([
    ['one host to a free volume', [], [host(1)], 'EXCLUSIVE', { asksCluster: true }],
    ['several that share', [], [host(1), host(2)], 'SHARED', { asksCluster: true }],
    ['several exclusively', [], [host(1), host(2)], 'EXCLUSIVE', { code: 'INVALID_INPUT' }],
    ['the host that has it', [attached(1, 'EXCLUSIVE')], [host(1)], 'EXCLUSIVE', { asksCluster: false }],
    ['a second one exclusively', [attached(1, 'SHARED')], [host(2)], 'EXCLUSIVE', { hostIds: [id(1)] }],
    [
      'a second one beside an exclusive one',
      [attached(1, 'EXCLUSIVE')],
      [host(2)],
      'SHARED',
      { hostIds: [id(1)] },
    ],
    ['a second one that shares', [attached(1, 'SHARED')], [host(2)], 'SHARED', { asksCluster: true }],
    [
      'both, where one had it alone',
      [attached(1, 'EXCLUSIVE')],
      [host(1), host(2)],
      'SHARED',
      { asksCluster: true },
    ],
    [
      'more addresses than fit',
      [],
      [host(1, addresses(1)), host(2, addresses(2))],
      'SHARED',
      { code: 'INVALID_INPUT' },
    ],
  ] as const)('%s', (_name, present, hosts, mode, expected) => {
    expect(attachHosts(sampleVolume(), present, hosts, mode)).toMatchObject(expected)
  })

  const observing = (access: HostAccess) =>
    sampleVolume({
      observed: {
        sizeBytes: 1n,
        state: 'AVAILABLE',
        protection: null,
        access,
        foreignSnapshotCount: 0,
        observedAt: new Date(0),
      },
    })

  it.each<[string, HostAccess, boolean]>([
    ['is locked out', { hostNqns: [], addresses: 'ANY' }, true],
    ['is kept out by its address', { hostNqns: [nqn(1)], addresses: ['10.0.0.1'] }, true],
    ['is let in like every other', { hostNqns: 'ANY', addresses: 'ANY' }, true],
    ['is let in', { hostNqns: [nqn(1)], addresses: 'ANY' }, false],
    ['is let in beside a stranger', { hostNqns: [nqn(1), nqn(9)], addresses: 'ANY' }, false],
  ])(
    'asks again for a host that was seen not to be admitted as wanted: it %s',
    (_how, access, asksCluster) => {
      const change = attachHosts(observing(access), [attached(1, 'SHARED')], [host(1)], 'SHARED')
      expect(change).toEqual({
        attachments: [{ hostId: id(1), wantedMode: 'SHARED', confirmedMode: 'SHARED' }],
        asksCluster,
      })
    },
  )

  it('asks in any case where strangers are to lose it', () => {
    const volume = observing({ hostNqns: [nqn(1)], addresses: 'ANY' })
    const present = [attached(1, 'EXCLUSIVE')]
    expect(attachHosts(volume, present, [host(1)], 'EXCLUSIVE', true)).toMatchObject({ asksCluster: true })
    expect(detachHosts(volume, [], null, true)).toEqual({ attachments: [], asksCluster: true })
  })

  it.each([
    ['UPDATING', 'INVALID_STATE'],
    ['MISSING', 'INVALID_STATE'],
    ['DELETED', 'NOT_FOUND'],
  ] as const)('is refused while the volume is %s', (state, code) => {
    expect(attachHosts(sampleVolume({ state }), [], [host(1)], 'SHARED')).toMatchObject({ code })
    expect(detachHosts(sampleVolume({ state }), [], null)).toMatchObject({ code })
  })
})

describe('detaching', () => {
  const present = [attached(1, 'SHARED'), attached(2, 'SHARED')]
  it.each([
    ['one of two', [id(1)], [id(1)]],
    ['all', null, [id(1), id(2)]],
    ['one that does not have it', [id(3)], []],
  ] as const)('%s', (_name, named, leaving) => {
    const change = detachHosts(sampleVolume(), present, named)
    expect(change).toMatchObject({ asksCluster: leaving.length > 0 })
    const attachments = leaving.map((hostId) => ({ hostId, wantedMode: null, confirmedMode: 'SHARED' }))
    expect(change).toMatchObject({ attachments })
  })
})
