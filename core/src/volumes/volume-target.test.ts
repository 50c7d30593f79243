import { describe, expect, it, test } from 'vitest'
import type { Cluster } from '../clusters/cluster.ts'
import { connectHost, devicePath } from '../hosts/connect-host.ts'
import { NOW, sampleClusterId, sampleUuid } from '../testing/sample-fleet.ts'
import { sampleVolume } from '../testing/sample-volume.ts'
import { volumeTarget } from './volume-target.ts'

const dataPath = {
  subsystemNqn: 'nqn.2016-01.com.lightbitslabs:uuid:1',
  discoveryEndpoints: ['10.0.0.1:8009', '[2001:db8::1]:8009'],
  nvmeEndpoints: ['10.0.0.1:4420', '[2001:db8::1]:4420'],
}
const cluster = (overrides: Partial<Cluster> = {}): Cluster => ({
  id: sampleClusterId(1),
  name: 'cluster-1',
  driver: 'lightos',
  endpoints: [],
  tls: { mode: 'SYSTEM' },
  credentialKind: 'TOKEN',
  credentialExpiresAt: null,
  mutedUntil: null,
  labels: {},
  adminState: 'ACTIVE',
  connection: 'CONNECTED',
  connectionError: null,
  connectionSince: NOW,
  health: 'OK',
  healthMessage: null,
  nodes: [],
  backendId: sampleUuid(1),
  version: null,
  dataPath,
  revision: 1,
  createdAt: NOW,
  updatedAt: NOW,
  detachedAt: null,
  ...overrides,
})

describe('the way to a volume', () => {
  it.each(['AVAILABLE', 'RESIZING', 'UPDATING'] as const)('of one that is %s', (state) => {
    const volume = sampleVolume({ state })
    expect(volumeTarget(volume, cluster())).toEqual({
      target: { ...dataPath, volumeUuid: volume.backendId },
      reason: null,
    })
  })

  it.each([
    ['that is CREATING', { state: 'CREATING' }, {}, 'the volume is CREATING'],
    ['that is RESTORING', { state: 'RESTORING' }, {}, 'the volume is RESTORING'],
    ['that is MISSING', { state: 'MISSING' }, {}, 'the volume is MISSING'],
    ['that is DELETED', { state: 'DELETED' }, {}, 'the volume is DELETED'],
    ['that no cluster has confirmed', { backendId: null }, {}, 'has not confirmed'],
    ['on a cluster that left', {}, { detachedAt: NOW }, 'has left the fleet'],
    ['on a cluster that answers as another', {}, { connection: 'QUARANTINED' }, 'answers as another'],
    ['on a cluster that has told nothing', {}, { dataPath: null }, 'has not said'],
  ] as const)('of one %s is null, with the reason', (_name, ofVolume, ofCluster, reason) => {
    const reach = volumeTarget(sampleVolume(ofVolume), cluster(ofCluster))
    expect(reach.target).toBeNull()
    expect(reach.reason).toContain(reason)
  })

  it('is never asked of another cluster', () => {
    expect(() => volumeTarget(sampleVolume(), cluster({ id: sampleClusterId(2) }))).toThrow('not on')
  })
})

test('a host is told in commands and in a file', () => {
  const target = { ...dataPath, volumeUuid: sampleUuid(901) }
  const nqn = 'nqn.2019-09.com.example:host-1'
  expect(devicePath(target)).toBe(`/dev/disk/by-id/nvme-uuid.${sampleUuid(901)}`)
  const { nvmeCliCommands, discoveryFilePath, discoveryFile } = connectHost(target, nqn)
  expect(nvmeCliCommands).toEqual([
    `nvme connect --transport=tcp --traddr=10.0.0.1 --trsvcid=4420 --nqn=${dataPath.subsystemNqn} --hostnqn=${nqn} --ctrl-loss-tmo=-1`,
    `nvme connect --transport=tcp --traddr=2001:db8::1 --trsvcid=4420 --nqn=${dataPath.subsystemNqn} --hostnqn=${nqn} --ctrl-loss-tmo=-1`,
  ])
  expect(discoveryFilePath).toContain(sampleUuid(901))
  expect(discoveryFile).toBe(
    `-t tcp -a 10.0.0.1 -s 8009 -q ${nqn} -n ${dataPath.subsystemNqn}\n-t tcp -a 2001:db8::1 -s 8009 -q ${nqn} -n ${dataPath.subsystemNqn}\n`,
  )
})
