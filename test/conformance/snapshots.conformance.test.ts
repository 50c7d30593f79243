import type { ClusterSession } from '@flotilla/core/ports/cluster-driver'
import type { BackendSnapshot } from '@flotilla/core/snapshots/backend-snapshot'
import type { BackendVolume } from '@flotilla/core/volumes/backend-volume'
import { describe, expect, it, vi } from 'vitest'
import { expectFailure } from './driver-failure.ts'
import { connect, type DriverUnderTest, driversUnderTest, startCluster } from './drivers-under-test.ts'
import { listAll, snapshotSpec, volumeSpec } from './volume-spec.ts'

const GIB = 1n << 30n

/** A cluster with one volume. */
async function startWithVolume(
  subject: DriverUnderTest,
  options: Parameters<typeof startCluster>[1] = {},
): Promise<{
  cluster: Awaited<ReturnType<typeof startCluster>>
  session: ClusterSession
  volume: BackendVolume
}> {
  const cluster = await startCluster(subject, options)
  const session = connect(subject, cluster)
  const volume = await session.createVolume(volumeSpec())
  return { cluster, session, volume }
}

async function listSnapshots(session: ClusterSession, project = 'default'): Promise<BackendSnapshot[]> {
  const snapshots: BackendSnapshot[] = []
  for await (const page of session.listSnapshots(project)) snapshots.push(...page)
  return snapshots
}

describe.each(driversUnderTest)('snapshots of driver $driver.kind', (subject) => {
  it('are created, found again by name, and listed', async () => {
    const { cluster, session, volume } = await startWithVolume(subject)
    const spec = snapshotSpec(volume, { retentionSeconds: 3_600 })
    const created = await session.createSnapshot(spec)
    expect(created).toMatchObject({
      name: spec.name,
      project: 'default',
      volumeId: volume.backendId,
      sizeBytes: volume.sizeBytes,
      state: 'AVAILABLE',
    })
    expect(await session.findSnapshot('default', spec.name)).toEqual(created)
    expect(await session.findSnapshot('default', 'nothing')).toBeNull()
    expect(await listSnapshots(session)).toEqual([created])
    expect(cluster.snapshots()).toMatchObject([{ description: 'nightly', retentionTime: '3600s' }])
  })

  it('take no share of the provisioned bytes', async () => {
    const { session, volume } = await startWithVolume(subject)
    const before = await session.observeStatistics()
    await session.createSnapshot(snapshotSpec(volume))
    expect((await session.observeStatistics()).provisionedBytes).toBe(before.provisionedBytes)
  })

  it('page over more than a thousand, each once', async () => {
    const { session, volume } = await startWithVolume(subject)
    const names = Array.from({ length: 1_005 }, () => snapshotSpec(volume).name)
    for (let start = 0; start < names.length; start += 50) {
      const some = names.slice(start, start + 50)
      await Promise.all(some.map((name) => session.createSnapshot(snapshotSpec(volume, { name }))))
    }
    const listed = await listSnapshots(session)
    expect(listed.map(({ name }) => name).sort()).toEqual([...names].sort())
  }, 60_000)

  it('are refused a taken name, an unknown source, and a source that is not ready', async () => {
    const { cluster, session, volume } = await startWithVolume(subject)
    const spec = snapshotSpec(volume)
    await session.createSnapshot(spec)
    await expectFailure(session.createSnapshot(spec), 'REFUSED', 'NAME_TAKEN')
    const unknown = snapshotSpec({ ...volume, backendId: cluster.uuid })
    await expectFailure(session.createSnapshot(unknown), 'REFUSED', 'NOT_FOUND')
    cluster.setVolumeState(volume.backendId, 'Updating')
    await expectFailure(session.createSnapshot(snapshotSpec(volume)), 'UNAVAILABLE', 'BUSY')
  })

  it('lost answers to create and delete are UNKNOWN, and the work is done once', async () => {
    const { cluster, session, volume } = await startWithVolume(subject)
    cluster.faults.set({ kind: 'dropAnswer', operations: ['CreateSnapshot', 'DeleteSnapshot'] })
    const spec = snapshotSpec(volume)
    await expectFailure(session.createSnapshot(spec), 'UNKNOWN', 'CONNECT')
    const found = await session.findSnapshot('default', spec.name)
    expect(cluster.snapshots()).toHaveLength(1)
    if (found) await expectFailure(session.deleteSnapshot(found), 'UNKNOWN', 'CONNECT')
    expect(cluster.snapshots()).toEqual([])
  })

  it.each([
    { kind: 'dropRequest' },
    { kind: 'error', status: 500 },
    { kind: 'truncateBody' },
    { kind: 'patchBody', fields: { name: 'another' } },
  ] as const)('a creation with %o is UNKNOWN', async (fault) => {
    const { cluster, session, volume } = await startWithVolume(subject)
    cluster.faults.set({ ...fault, operations: ['CreateSnapshot'] })
    const error = session.createSnapshot(snapshotSpec(volume))
    await expect(error).rejects.toMatchObject({ outcome: 'UNKNOWN' })
  })

  it('are deleted; one gone or going is a success, one being created has to be waited for', async () => {
    const { cluster, session, volume } = await startWithVolume(subject)
    const snapshot = await session.createSnapshot(snapshotSpec(volume))
    cluster.setSnapshotState(snapshot.backendId, 'Creating')
    await expectFailure(session.deleteSnapshot(snapshot), 'UNAVAILABLE', 'BUSY')
    cluster.setSnapshotState(snapshot.backendId, 'Available')
    cluster.setDelays({ deleteMs: 60_000 })
    await session.deleteSnapshot(snapshot)
    expect(await session.findSnapshot('default', snapshot.name)).toMatchObject({ state: 'DELETING' })
    await session.deleteSnapshot(snapshot)
    cluster.deleteSnapshot(snapshot.backendId)
    await session.deleteSnapshot(snapshot)
    expect(await session.findSnapshot('default', snapshot.name)).toBeNull()
  })

  it('linger in DELETING, and listed, until their last clone is gone', async () => {
    const { session, volume } = await startWithVolume(subject)
    const snapshot = await session.createSnapshot(snapshotSpec(volume))
    const clone = await session.createVolume(volumeSpec({ sourceSnapshotId: snapshot.backendId }))
    expect(clone.sourceSnapshotId).toBe(snapshot.backendId)
    await session.deleteSnapshot(snapshot)
    expect(await listSnapshots(session)).toMatchObject([{ state: 'DELETING' }])
    await session.deleteVolume(clone)
    expect(await session.findSnapshot('default', snapshot.name)).toBeNull()
  })

  it('begin clones, at their size or larger, never smaller, and as volumes count in full', async () => {
    const { cluster, session, volume } = await startWithVolume(subject)
    const { backendId } = await session.createSnapshot(snapshotSpec(volume))
    const before = await session.observeStatistics()
    const clone = await session.createVolume(
      volumeSpec({ sourceSnapshotId: backendId, sizeBytes: 2n * volume.sizeBytes }),
    )
    expect(clone.sizeBytes).toBe(2n * volume.sizeBytes)
    expect(cluster.volumes().find(({ uuid }) => uuid === clone.backendId)).toMatchObject({
      sourceSnapshotUuid: backendId,
    })
    const after = await session.observeStatistics()
    expect(after.provisionedBytes - before.provisionedBytes).toBe(clone.sizeBytes * BigInt(clone.replicas))
    const smaller = volumeSpec({ sourceSnapshotId: backendId, sizeBytes: GIB })
    await expectFailure(session.createVolume(smaller), 'REFUSED', 'INVALID_ARGUMENT')
    const ofNothing = volumeSpec({ sourceSnapshotId: cluster.uuid })
    await expectFailure(session.createVolume(ofNothing), 'REFUSED', 'NOT_FOUND')
  })

  it('put their own volume back in place, and no other', async () => {
    const { cluster, session, volume } = await startWithVolume(subject, { delays: { updateMs: 50 } })
    const snapshot = await session.createSnapshot(snapshotSpec(volume))
    cluster.fill(volume.backendId, 0.5)
    await session.restoreVolume(volume, snapshot.backendId)
    expect(await session.findVolume('default', volume.name)).toMatchObject({ state: 'UPDATING' })
    await vi.waitFor(async () => {
      expect(await session.findVolume('default', volume.name)).toMatchObject({ state: 'AVAILABLE' })
    })
    const own = cluster.volumes().find(({ uuid }) => uuid === volume.backendId)
    expect(own?.writtenBytes).toBe(0n)
    const other = await session.createVolume(volumeSpec())
    const refused = session.restoreVolume(other, snapshot.backendId)
    await expectFailure(refused, 'REFUSED', 'INVALID_ARGUMENT')
  })

  it('a restore whose answer is lost is UNKNOWN; one in a passing state has to wait', async () => {
    const { cluster, session, volume } = await startWithVolume(subject)
    const snapshot = await session.createSnapshot(snapshotSpec(volume))
    cluster.faults.set({ kind: 'dropAnswer', operations: ['RollbackVolume'], times: 1 })
    await expectFailure(session.restoreVolume(volume, snapshot.backendId), 'UNKNOWN', 'CONNECT')
    cluster.setVolumeState(volume.backendId, 'Updating')
    await expectFailure(session.restoreVolume(volume, snapshot.backendId), 'UNAVAILABLE', 'BUSY')
    expect(await listAll(session)).toHaveLength(1)
  })
})
