import type { HostAccess } from '@flotilla/core/hosts/host-access'
import { describe, expect, it } from 'vitest'
import { expectFailure } from './driver-failure.ts'
import { connect, driversUnderTest, startCluster, startTwoClusters } from './drivers-under-test.ts'
import { listAll, volumeSpec } from './volume-spec.ts'

const HOSTS = ['nqn.2019-09.com.example:host-1', 'nqn.2019-09.com.example:host-2']

describe.each(driversUnderTest)('hosts of driver $driver.kind', (subject) => {
  it('a new volume admits nobody', async () => {
    const session = connect(subject, await startCluster(subject))
    expect((await session.createVolume(volumeSpec())).access.hostNqns).toEqual([])
  })

  it.each<HostAccess>([
    { hostNqns: HOSTS, addresses: 'ANY' },
    { hostNqns: [HOSTS[0] ?? ''], addresses: ['10.0.0.1', '2001:db8::1'] },
    { hostNqns: 'ANY', addresses: 'ANY' },
    { hostNqns: [], addresses: [] },
  ])('are admitted as asked, found and listed so: %j', async (access) => {
    const session = connect(subject, await startCluster(subject))
    const volume = await session.createVolume(volumeSpec({ labels: { app: 'db' } }))
    await session.changeVolume(volume, { access })
    const found = await session.findVolume('default', volume.name)
    expect(found).toEqual({ ...volume, access, etag: found?.etag })
    expect(await listAll(session)).toMatchObject([{ access }])
    // Asking again for the same is no fault.
    if (found) await session.changeVolume(found, { access })
  })

  it('who was let in by others meanwhile is not written over', async () => {
    const cluster = await startCluster(subject)
    const session = connect(subject, cluster)
    const volume = await session.createVolume(volumeSpec())
    cluster.setVolumeAcl(volume.backendId, ['nqn.2019-09.com.example:other'])
    const access = { hostNqns: HOSTS, addresses: 'ANY' } as const
    await expectFailure(session.changeVolume(volume, { access }), 'REFUSED', 'PRECONDITION_FAILED')
    const found = await session.findVolume('default', volume.name)
    expect(found?.access.hostNqns).toEqual(['nqn.2019-09.com.example:other'])
  })

  it('have to wait while the volume is busy', async () => {
    const cluster = await startCluster(subject)
    const session = connect(subject, cluster)
    const volume = await session.createVolume(volumeSpec())
    cluster.setVolumeState(volume.backendId, 'Updating')
    const access = { hostNqns: HOSTS, addresses: 'ANY' } as const
    await expectFailure(session.changeVolume(volume, { access }), 'UNAVAILABLE', 'BUSY')
  })

  it('are told the way to their own cluster', async () => {
    const clusters = await startTwoClusters(subject)
    const paths = await Promise.all(
      clusters.map(async (each) => (await connect(subject, each).observeStatistics()).dataPath),
    )
    for (const [index, cluster] of clusters.entries()) {
      const nvmeEndpoints = cluster
        .nodes()
        .map((node) => node.nvmeEndpoint)
        .sort()
      expect({
        subsystemNqn: paths[index]?.subsystemNqn,
        nvmeEndpoints: paths[index]?.nvmeEndpoints.toSorted(),
        discoveryEndpoints: paths[index]?.discoveryEndpoints.toSorted(),
      }).toEqual({
        subsystemNqn: `nqn.2016-01.com.lightbitslabs:uuid:${cluster.uuid}`,
        nvmeEndpoints,
        discoveryEndpoints: nvmeEndpoints.map((endpoint) => endpoint.replace(':4420', ':8009')),
      })
    }
    expect(paths[0]?.nvmeEndpoints).not.toEqual(paths[1]?.nvmeEndpoints)
  })

  it.each([
    [{ subsystemNQN: 'nqn.2016-01.com.lightbitslabs:x;reboot' }, null],
    [{ subsystemNQN: null }, null],
    [{ discoveryEndpoints: ['$(reboot):8009', '10.0.0.1:8009'] }, { discoveryEndpoints: ['10.0.0.1:8009'] }],
  ])('are told nothing that is no name or address: %j', async (fields, expected) => {
    const cluster = await startCluster(subject)
    cluster.faults.set({ kind: 'patchBody', fields, operations: ['GetCluster'] })
    const { dataPath } = await connect(subject, cluster).observeStatistics()
    if (expected) expect(dataPath).toMatchObject(expected)
    else expect(dataPath).toBeNull()
  })
})
