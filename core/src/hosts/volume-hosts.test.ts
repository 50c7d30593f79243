import { describe, expect, it } from 'vitest'
import { sampleUuid, sampleVolumeId } from '../testing/sample-fleet.ts'
import { deletionFault } from '../volumes/deletion-fault.ts'
import type { HostAccess } from './host-access.ts'
import { volumeHosts } from './volume-hosts.ts'

const OTHER = 'nqn.2019-09.com.example:other'
const attached = { hostId: `hst_${sampleUuid(1)}`, nqn: 'nqn.2019-09.com.example:ours' } as const
const seen = (hostNqns: HostAccess['hostNqns']): HostAccess => ({ hostNqns, addresses: 'ANY' })

describe('who has a volume', () => {
  it.each([
    ['nobody, as far as was seen', [], null, [], []],
    ['a host of ours', [attached], seen([attached.nqn]), [attached.hostId], []],
    ['a host of ours beside a stranger', [attached], seen([attached.nqn, OTHER]), [attached.hostId], [OTHER]],
    ['a stranger alone', [], seen([OTHER]), [], [OTHER]],
    ['whoever comes', [attached], seen('ANY'), [attached.hostId], 'ANY'],
  ] as const)('%s', (_who, ours, access, hostIds, foreignNqns) => {
    expect(volumeHosts(ours, access)).toEqual({ hostIds, foreignNqns })
  })
})

describe('a deletion', () => {
  const volume = { id: sampleVolumeId(1), state: 'AVAILABLE', revision: 1, observed: null } as const
  const terms = { cascade: false, force: false, expectedRevision: null }
  const none = { snapshotIds: [], cloneIds: [] }

  it.each([
    ['a stranger has it', seen([OTHER]), new RegExp(`its cluster admits ${OTHER} to it`)],
    ['every host is admitted', seen('ANY'), /its cluster admits every host to it/],
  ])('is refused without force while %s', (_who, access, message) => {
    const facts = { ...none, ...volumeHosts([], access) }
    const fault = deletionFault(volume, facts, terms)
    expect(fault).toMatchObject({ code: 'VOLUME_ATTACHED', message: expect.stringMatching(message) })
    expect(deletionFault(volume, facts, { ...terms, force: true })).toBeNull()
    expect(deletionFault(volume, facts, { ...terms, cascade: true })).toMatchObject({
      code: 'VOLUME_ATTACHED',
    })
  })
})
