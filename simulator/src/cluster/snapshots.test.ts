import { describe, expect, it } from 'vitest'
import { GIB, pretendCluster, volumeRequest } from '../testing/pretend-cluster.ts'
import type { ClusterState } from './cluster-state.ts'
import { rollbackVolume } from './rollback.ts'
import { createSnapshot, deleteSnapshot } from './snapshots.ts'
import { createVolume, deleteVolume } from './volumes.ts'

function byUuid(uuid: string) {
  return { uuid, name: '', projectName: '' }
}

function snapshotRequest(sourceVolumeName: string, name = 'snapshot') {
  return {
    name,
    projectName: 'default',
    description: '',
    sourceVolumeUuid: '',
    sourceVolumeName,
    retentionTime: '',
  }
}

function clusterWithSnapshot(): { cluster: ClusterState; snapshotUuid: string; volumeUuid: string } {
  const { cluster } = pretendCluster({ delays: { createMs: 0, updateMs: 0, deleteMs: 0 } })
  const volume = createVolume(cluster, volumeRequest({ labels: [{ key: 'app', value: 'db' }] }))
  const snapshot = createSnapshot(cluster, snapshotRequest('volume'))
  return { cluster, snapshotUuid: snapshot.uuid, volumeUuid: volume.uuid }
}

describe('snapshots', () => {
  it('need a source that is ready, and a free name', () => {
    const { cluster, clock } = pretendCluster()
    createVolume(cluster, volumeRequest())
    expect(() => createSnapshot(cluster, snapshotRequest('volume'))).toThrow(/Creating/)
    expect(() => createSnapshot(cluster, snapshotRequest('nothing'))).toThrow(/not found/)
    clock.advance(100)
    expect(createSnapshot(cluster, snapshotRequest('volume')).state).toBe('Creating')
    expect(() => createSnapshot(cluster, snapshotRequest('volume'))).toThrow(/already exists/)
    clock.advance(100)
    expect([...cluster.snapshots.values()].map(({ state }) => state)).toEqual(['Available'])
  })

  it('lend a clone their nodes and labels, and refuse a smaller one', () => {
    const { cluster, snapshotUuid } = clusterWithSnapshot()
    const clone = (name: string, size: string) =>
      createVolume(cluster, volumeRequest({ name, size, sourceSnapshotUuid: snapshotUuid }))
    expect(() => clone('small', '1 gib')).toThrow(/below the snapshot/)
    const larger = clone('larger', '8 gib')
    const snapshot = cluster.snapshots.get(snapshotUuid)
    expect(larger).toMatchObject({ sizeBytes: 8n * GIB, sourceSnapshotName: 'snapshot' })
    expect(larger.nodeUuids).toEqual(snapshot?.nodeUuids)
    expect(larger.labels).toEqual([{ key: 'app', value: 'db' }])
  })

  it('linger in Deleting, name taken, until their last clone is gone', () => {
    const { cluster, snapshotUuid } = clusterWithSnapshot()
    const clone = createVolume(cluster, volumeRequest({ name: 'clone', sourceSnapshotName: 'snapshot' }))
    deleteSnapshot(cluster, byUuid(snapshotUuid), '')
    expect(cluster.snapshots.get(snapshotUuid)?.state).toBe('Deleting')
    expect(() => createSnapshot(cluster, snapshotRequest('volume'))).toThrow(/already exists/)
    deleteVolume(cluster, byUuid(clone.uuid), '')
    expect(cluster.snapshots.get(snapshotUuid)).toBeUndefined()
  })

  it('roll back their own volume only', () => {
    const { cluster, snapshotUuid, volumeUuid } = clusterWithSnapshot()
    const other = createVolume(cluster, volumeRequest({ name: 'other' }))
    const source = { snapshotUuid, snapshotName: '' }
    expect(() => rollbackVolume(cluster, byUuid(other.uuid), source)).toThrow(/is not of volume/)
    rollbackVolume(cluster, byUuid(volumeUuid), source)
    expect(cluster.volumes.get(volumeUuid)).toMatchObject({ state: 'Available', etag: 2 })
  })

  it('are deleted when their retention is over, and linger under clones like any other', () => {
    const { cluster, clock } = pretendCluster({ delays: { createMs: 0, updateMs: 0, deleteMs: 0 } })
    createVolume(cluster, volumeRequest())
    const kept = createSnapshot(cluster, snapshotRequest('volume', 'kept'))
    const short = createSnapshot(cluster, { ...snapshotRequest('volume', 'short'), retentionTime: '60s' })
    const cloned = createSnapshot(cluster, { ...snapshotRequest('volume', 'cloned'), retentionTime: '60s' })
    createVolume(cluster, volumeRequest({ name: 'clone', sourceSnapshotUuid: cloned.uuid }))
    clock.advance(59_000)
    expect(cluster.snapshots.get(short.uuid)?.state).toBe('Available')
    clock.advance(1_000)
    expect(cluster.snapshots.get(short.uuid)).toBeUndefined()
    expect(cluster.snapshots.get(cloned.uuid)?.state).toBe('Deleting')
    expect(cluster.snapshots.get(kept.uuid)?.state).toBe('Available')
  })
})
