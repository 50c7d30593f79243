import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { GIB, pretendCluster } from '../testing/pretend-cluster.ts'
import type { ClusterState } from './cluster-state.ts'
import {
  createForeignVolume,
  removeVolume,
  renameVolume,
  resizeVolume,
  setVolumeState,
  writeVolume,
} from './foreign-changes.ts'
import { clusterCapacity } from './statistics.ts'

const change = fc.record({
  kind: fc.constantFrom('create', 'remove', 'resize', 'rename', 'write', 'fail'),
  pick: fc.nat(),
  sizeGib: fc.integer({ min: 1, max: 5000 }),
  replicaCount: fc.integer({ min: 1, max: 3 }),
})

describe('running figures', () => {
  it('equal a scan over all volumes after any changes', () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 60 }), (changes) => {
        const { cluster } = pretendCluster()
        for (const [index, step] of changes.entries()) applyChange(cluster, index, step)
        const living = [...cluster.volumes.values()].filter(({ state }) => state !== 'Failed')
        const sum = (bytes: (volume: (typeof living)[number]) => bigint) =>
          living.reduce((total, volume) => total + bytes(volume), 0n)
        const figures = clusterCapacity(cluster)
        expect(figures.logicalStorage).toBe(sum((v) => v.sizeBytes * BigInt(v.replicaCount)))
        expect(figures.logicalUsedStorage).toBe(sum((v) => v.writtenBytes * BigInt(v.replicaCount)))
        expect(figures.physicalUsedStorage).toBe(
          sum((v) => (v.compression ? v.writtenBytes / 2n : v.writtenBytes) * BigInt(v.replicaCount)),
        )
        expect(cluster.health().numHealthyVolumes).toBe(living.length)
      }),
    )
  })

  it('never report negative free space', () => {
    const { cluster } = pretendCluster({ effectivePhysicalBytes: 10n * GIB })
    createForeignVolume(cluster, { name: 'a', sizeBytes: 100n * GIB, writtenShare: 1 })
    expect(clusterCapacity(cluster)).toMatchObject({
      freePhysicalStorage: 0n,
      estimatedFreeLogicalStorage: 0n,
    })
  })
})

describe('records', () => {
  it('make the same state again when they are applied to a blank cluster', () => {
    const { cluster } = pretendCluster()
    const { uuid } = createForeignVolume(cluster, { name: 'a', sizeBytes: GIB, writtenShare: 0.3 })
    renameVolume(cluster, uuid, 'b')
    const copy = pretendCluster().cluster
    for (const record of cluster.records()) copy.apply(record)
    expect([...copy.records()]).toEqual([...cluster.records()])
    expect(clusterCapacity(copy)).toEqual(clusterCapacity(cluster))
    expect(copy.volumeNames.find('default', 'b')).toBe(uuid)
  })
})

function applyChange(
  cluster: ClusterState,
  index: number,
  step: typeof change extends fc.Arbitrary<infer T> ? T : never,
): void {
  const volumes = [...cluster.volumes.values()]
  const picked = volumes[step.pick % Math.max(1, volumes.length)]
  const sizeBytes = BigInt(step.sizeGib) * GIB
  if (step.kind === 'create' || !picked) {
    const { replicaCount } = step
    createForeignVolume(cluster, { name: `v${index}`, sizeBytes, replicaCount, compression: index % 2 === 0 })
  } else if (step.kind === 'remove') removeVolume(cluster, picked.uuid)
  else if (step.kind === 'resize') resizeVolume(cluster, picked.uuid, sizeBytes)
  else if (step.kind === 'rename') renameVolume(cluster, picked.uuid, `r${index}`)
  else if (step.kind === 'write') writeVolume(cluster, picked.uuid, (step.pick % 100) / 100)
  else setVolumeState(cluster, picked.uuid, 'Failed')
}
