import { describe, expect, it } from 'vitest'
import { GIB, pretendCluster, volumeRequest } from '../testing/pretend-cluster.ts'
import { leavePhysicalSpace, setNodeState, setVolumeState, writeVolume } from './foreign-changes.ts'
import { Refusal } from './refusal.ts'
import { createVolume, deleteVolume, type UpdateVolumeRequest, updateVolume } from './volumes.ts'

const NO_CHANGE: UpdateVolumeRequest = {
  size: undefined,
  force: false,
  newName: undefined,
  compression: undefined,
  acl: undefined,
  ipAcl: undefined,
  qosPolicyUuid: undefined,
  qosPolicyName: undefined,
  labels: undefined,
}

function byUuid(uuid: string) {
  return { uuid, name: '', projectName: '' }
}

function codeOf(action: () => unknown): string {
  try {
    action()
  } catch (error) {
    if (error instanceof Refusal) return error.code
    throw error
  }
  return 'OK'
}

describe('life of a volume', () => {
  it('is Creating, Available, Updating, Available, Deleting, gone', () => {
    const { cluster, clock } = pretendCluster()
    const { uuid, state } = createVolume(cluster, volumeRequest())
    const now = () => cluster.volumes.get(uuid)?.state
    expect(state).toBe('Creating')
    clock.advance(100)
    expect(now()).toBe('Available')
    updateVolume(cluster, byUuid(uuid), { ...NO_CHANGE, size: '8 gib' }, '')
    expect(now()).toBe('Updating')
    clock.advance(100)
    expect(now()).toBe('Available')
    deleteVolume(cluster, byUuid(uuid), '')
    expect(now()).toBe('Deleting')
    clock.advance(100)
    expect(now()).toBeUndefined()
    expect(cluster.history.map(({ kind }) => kind)).toEqual(['created', 'resized', 'deleting', 'gone'])
  })

  it.each([
    ['Creating', 'Unavailable', 'Unavailable'],
    ['Available', 'OK', 'OK'],
    ['Updating', 'Unavailable', 'Unavailable'],
    ['Migrating', 'OK', 'OK'],
    ['Deleting', 'InvalidArgument', 'OK'],
    ['Failed', 'InvalidArgument', 'InvalidArgument'],
  ] as const)('in state %s an update gives %s and a delete %s', (state, onUpdate, onDelete) => {
    const { cluster, clock } = pretendCluster()
    const { uuid } = createVolume(cluster, volumeRequest())
    clock.advance(100)
    setVolumeState(cluster, uuid, state)
    expect(codeOf(() => updateVolume(cluster, byUuid(uuid), { ...NO_CHANGE, size: '8 gib' }, ''))).toBe(
      onUpdate,
    )
    setVolumeState(cluster, uuid, state)
    expect(codeOf(() => deleteVolume(cluster, byUuid(uuid), ''))).toBe(onDelete)
  })

  it('takes the name of a failed husk, whose deletion stays refused', () => {
    const { cluster, clock } = pretendCluster({ failNextCreates: 1 })
    const husk = createVolume(cluster, volumeRequest())
    clock.advance(100)
    expect(cluster.volumes.get(husk.uuid)?.state).toBe('Failed')
    expect(cluster.totals.ofCluster().logicalBytes).toBe(0n)
    const second = createVolume(cluster, volumeRequest())
    clock.advance(100)
    expect(cluster.volumes.get(second.uuid)?.state).toBe('Available')
    expect(cluster.volumeNames.find('default', 'volume')).toBe(second.uuid)
    expect(codeOf(() => deleteVolume(cluster, byUuid(husk.uuid), ''))).toBe('InvalidArgument')
  })
})

describe('what a create refuses', () => {
  it.each([
    ['a taken name', {}, 'AlreadyExists'],
    ['an unknown project', { projectName: 'nobody' }, 'NotFound'],
    ['no name', { name: '' }, 'InvalidArgument'],
    ['a name with a blank', { name: 'a b' }, 'InvalidArgument'],
    ['no acl', { name: 'x', acl: [] }, 'InvalidArgument'],
    ['a special acl value beside a host', { name: 'x', acl: ['ALLOW_ANY', 'nqn.a'] }, 'InvalidArgument'],
    [
      '17 addresses',
      { name: 'x', ipAcl: Array.from({ length: 17 }, (_, i) => `10.0.0.${i}`) },
      'InvalidArgument',
    ],
    ['no replicas', { name: 'x', replicaCount: 0 }, 'InvalidArgument'],
    ['4 replicas', { name: 'x', replicaCount: 4 }, 'InvalidArgument'],
    ['odd compression', { name: 'x', compression: 'maybe' }, 'InvalidArgument'],
    ['an unknown snapshot', { name: 'x', sourceSnapshotName: 'none' }, 'NotFound'],
    ['an unknown policy', { name: 'x', qosPolicyName: 'none' }, 'NotFound'],
    [
      '17 labels',
      { name: 'x', labels: Array.from({ length: 17 }, (_, i) => ({ key: `k${i}`, value: 'v' })) },
      'InvalidArgument',
    ],
  ])('%s', (_title, given, code) => {
    const { cluster } = pretendCluster()
    createVolume(cluster, volumeRequest())
    expect(codeOf(() => createVolume(cluster, volumeRequest(given)))).toBe(code)
    expect(cluster.volumes.size).toBe(1)
  })

  it('more replicas than nodes are up', () => {
    const { cluster } = pretendCluster()
    const [node] = cluster.nodes.after('')
    setNodeState(cluster, node?.uuid ?? '', 'Inactive')
    expect(codeOf(() => createVolume(cluster, volumeRequest({ replicaCount: 3 })))).toBe('InvalidArgument')
    const { nodeUuids } = createVolume(cluster, volumeRequest())
    expect(nodeUuids).not.toContain(node?.uuid)
  })

  it('anything when physical space has run out, and growing too', () => {
    const { cluster, clock } = pretendCluster()
    const { uuid } = createVolume(cluster, volumeRequest())
    clock.advance(100)
    leavePhysicalSpace(cluster, 0n)
    expect(() => createVolume(cluster, volumeRequest({ name: 'x' }))).toThrow(
      /no space.*not enough free physical/,
    )
    const grow = { ...NO_CHANGE, size: '8 gib' }
    expect(codeOf(() => updateVolume(cluster, byUuid(uuid), grow, ''))).toBe('ResourceExhausted')
    expect(cluster.health()).toMatchObject({ state: 'Error', numReadOnlyVolumes: 1 })
  })
})

describe('updates', () => {
  it('shrink only with Force', () => {
    const { cluster, clock } = pretendCluster()
    const { uuid } = createVolume(cluster, volumeRequest())
    clock.advance(100)
    const shrink = { ...NO_CHANGE, size: '1 gib' }
    expect(codeOf(() => updateVolume(cluster, byUuid(uuid), shrink, ''))).toBe('InvalidArgument')
    updateVolume(cluster, byUuid(uuid), { ...shrink, force: true }, '')
    expect(cluster.volumes.get(uuid)?.sizeBytes).toBe(GIB)
  })

  it('cut off what was written beyond the smaller size', () => {
    const { cluster, clock } = pretendCluster()
    const { uuid } = createVolume(cluster, volumeRequest())
    clock.advance(100)
    writeVolume(cluster, uuid, 1)
    updateVolume(cluster, byUuid(uuid), { ...NO_CHANGE, size: '1 gib', force: true }, '')
    expect(cluster.volumes.get(uuid)?.writtenBytes).toBe(GIB)
  })

  it('rename, unless the name is taken', () => {
    const { cluster, clock } = pretendCluster()
    const { uuid } = createVolume(cluster, volumeRequest())
    createVolume(cluster, volumeRequest({ name: 'other' }))
    clock.advance(100)
    const rename = (newName: string) => updateVolume(cluster, byUuid(uuid), { ...NO_CHANGE, newName }, '')
    expect(codeOf(() => rename('other'))).toBe('AlreadyExists')
    rename('fresh')
    expect(cluster.volumeNames.find('default', 'fresh')).toBe(uuid)
    expect(cluster.volumeNames.find('default', 'volume')).toBeUndefined()
  })

  it('refuse a stale ETag and move it on', () => {
    const { cluster, clock } = pretendCluster()
    const { uuid, etag } = createVolume(cluster, volumeRequest())
    clock.advance(100)
    updateVolume(cluster, byUuid(uuid), { ...NO_CHANGE, acl: ['nqn.host'] }, String(etag))
    clock.advance(100)
    const again = () => updateVolume(cluster, byUuid(uuid), { ...NO_CHANGE, acl: ['nqn.b'] }, String(etag))
    expect(codeOf(again)).toBe('FailedPrecondition')
    expect(codeOf(() => deleteVolume(cluster, byUuid(uuid), String(etag)))).toBe('FailedPrecondition')
    expect(cluster.volumes.get(uuid)?.acl).toEqual(['nqn.host'])
  })
})

describe('health', () => {
  it('turns to Warning while a node is down and back', () => {
    const { cluster, clock } = pretendCluster()
    const { uuid } = createVolume(cluster, volumeRequest({ replicaCount: 3 }))
    clock.advance(100)
    writeVolume(cluster, uuid, 0.5)
    expect(cluster.health()).toMatchObject({ state: 'OK', numHealthyVolumes: 1 })
    const [node] = cluster.nodes.after('')
    setNodeState(cluster, node?.uuid ?? '', 'Inactive')
    expect(cluster.health()).toMatchObject({ state: 'Warning', numInactiveNodes: 1, numDegradedVolumes: 1 })
    expect(cluster.currentMaxReplicas()).toBe(2)
    setNodeState(cluster, node?.uuid ?? '', 'Active')
    expect(cluster.health()).toMatchObject({ state: 'OK', numInactiveNodes: 0, numDegradedVolumes: 0 })
  })
})
