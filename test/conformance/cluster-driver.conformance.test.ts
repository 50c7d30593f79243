import { describe, expect, it, vi } from 'vitest'
import { expectFailure } from './driver-failure.ts'
import { connect, driversUnderTest, startCluster } from './drivers-under-test.ts'
import { listAll, volumeSpec } from './volume-spec.ts'

const GIB = 1n << 30n

describe.each(driversUnderTest)('driver $driver.kind', (subject) => {
  describe('identity and statistics', () => {
    it('identifies the cluster', async () => {
      const cluster = await startCluster(subject)
      expect(await connect(subject, cluster).identify()).toEqual({
        backendId: cluster.uuid,
        name: cluster.name,
        version: '3.18.1',
        endpoints: [cluster.endpoint],
      })
    })

    it.each([{ emitZeros: false }, { emitZeros: true }])(
      'reads every figure, $emitZeros',
      async (options) => {
        const cluster = await startCluster(subject, { ...options, nodesPerCluster: 4 })
        const volume = cluster.createForeignVolume({ name: 'a', sizeBytes: 8n * GIB, writtenShare: 0.5 })
        const seen = await connect(subject, cluster).observeStatistics()
        expect(seen).toMatchObject({
          identity: { backendId: cluster.uuid },
          effectiveBytes: cluster.effectivePhysicalBytes,
          usedBytes: cluster.effectivePhysicalBytes - cluster.freePhysicalBytes(),
          freeBytes: cluster.freePhysicalBytes(),
          provisionedBytes: volume.sizeBytes * BigInt(volume.replicaCount),
          maxReplicas: 3,
          health: 'OK',
          healthMessage: null,
        })
        expect(seen.usedBytes).toBeGreaterThan(0n)
        const nodes = cluster.nodes().map(({ name, uuid }) => ({ name, backendId: uuid, state: 'Active' }))
        expect(seen.nodes).toEqual(nodes)
      },
    )

    it('reads an empty cluster, whose zeros are left out', async () => {
      const cluster = await startCluster(subject)
      const seen = await connect(subject, cluster).observeStatistics()
      expect(seen).toMatchObject({ usedBytes: 0n, provisionedBytes: 0n })
    })

    it('reads a cluster that is provisioned beyond its capacity and physically full', async () => {
      const cluster = await startCluster(subject, { prefillRatio: 1.5, volumesPerCluster: 10 })
      cluster.leavePhysicalSpace(0n)
      const seen = await connect(subject, cluster).observeStatistics()
      expect(seen.freeBytes).toBe(0n)
      expect(seen.provisionedBytes).toBeGreaterThan(seen.effectiveBytes)
      expect(seen.health).toBe('ERROR')
    })

    it('reads health and its reasons', async () => {
      const cluster = await startCluster(subject)
      const [node] = cluster.nodes()
      cluster.setNodeState(node?.uuid ?? '', 'Inactive')
      const seen = await connect(subject, cluster).observeStatistics()
      expect(seen).toMatchObject({ health: 'WARNING', healthMessage: '1 node inactive', maxReplicas: 2 })
      expect(seen.nodes.filter(({ state }) => state === 'Inactive')).toHaveLength(1)
    })
  })

  describe('listing', () => {
    it('lists nothing of an empty cluster', async () => {
      expect(await listAll(connect(subject, await startCluster(subject)))).toEqual([])
    })

    it('pages over 2,500 volumes, those being deleted included, each once and in order', async () => {
      const cluster = await startCluster(subject, { volumesPerCluster: 2_500, prefillRatio: 0.5 })
      cluster.setVolumeState(cluster.volumes()[1_700]?.uuid ?? '', 'Deleting')
      const listed = await listAll(connect(subject, cluster))
      expect(listed.map(({ backendId }) => backendId)).toEqual(cluster.volumes().map(({ uuid }) => uuid))
      expect(listed.filter(({ state }) => state === 'DELETING')).toHaveLength(1)
    })

    it('ends after a full last page', async () => {
      const cluster = await startCluster(subject, { volumesPerCluster: 1_000, prefillRatio: 0.1 })
      expect(await listAll(connect(subject, cluster))).toHaveLength(1_000)
    })

    it('stops between pages when cancelled', async () => {
      const cluster = await startCluster(subject, { volumesPerCluster: 1_500, prefillRatio: 0.1 })
      const stop = new AbortController()
      const pages = connect(subject, cluster).listVolumes(stop.signal)[Symbol.asyncIterator]()
      expect((await pages.next()).value).toHaveLength(1_000)
      stop.abort()
      await expectFailure(pages.next(), 'UNAVAILABLE', 'CANCELLED')
    })
  })

  describe('volumes', () => {
    it('creates a volume that admits no host, and finds it again', async () => {
      const cluster = await startCluster(subject)
      const session = connect(subject, cluster)
      const spec = volumeSpec({ replicas: 3, compression: true, labels: { 'cost-center': 'a 1' } })
      const created = await session.createVolume(spec)
      expect(created).toMatchObject({
        name: spec.name,
        project: 'default',
        sizeBytes: spec.sizeBytes,
        replicas: 3,
        state: 'AVAILABLE',
        protection: 'FullyProtected',
        sourceSnapshotId: null,
      })
      expect(await session.findVolume(spec.project, spec.name)).toEqual(created)
      expect(cluster.volumes()).toMatchObject([
        { acl: ['ALLOW_NONE'], compression: true, labels: [{ key: 'costCenter', value: 'a_1' }] },
      ])
    })

    it('creates a volume under a QoS policy that it names', async () => {
      const cluster = await startCluster(subject)
      const gold = cluster.createQosPolicy('gold')
      cluster.createQosPolicy('gold-2')
      await connect(subject, cluster).createVolume(volumeSpec({ qosPolicy: 'gold' }))
      expect(cluster.volumes()).toMatchObject([{ qosPolicyUuid: gold.uuid }])
    })

    it('refuses a QoS policy that the cluster has not, by name, and creates nothing', async () => {
      const cluster = await startCluster(subject)
      cluster.createQosPolicy('gold')
      const session = connect(subject, cluster)
      for (const qosPolicy of ['silver', 'Gold', 'gol', 'a&name=gold', '"']) {
        const error = await expectFailure(
          session.createVolume(volumeSpec({ qosPolicy })),
          'REFUSED',
          'UNKNOWN_QOS_POLICY',
        )
        expect(error.message).toContain(`"${qosPolicy}"`)
      }
      expect(cluster.history()).toEqual([])
    })

    it('keeps sizes exact beyond 2^53', async () => {
      const session = connect(subject, await startCluster(subject))
      const sizeBytes = (1n << 54n) + 4096n
      expect((await session.createVolume(volumeSpec({ sizeBytes }))).sizeBytes).toBe(sizeBytes)
    })

    it('finds nothing under an unknown name or project', async () => {
      const session = connect(subject, await startCluster(subject))
      expect(await session.findVolume('default', 'nothing')).toBeNull()
      expect(await session.findVolume('nowhere', 'nothing')).toBeNull()
    })

    it('finds a volume by its id, whatever its name is and whoever has that by now', async () => {
      const cluster = await startCluster(subject)
      const session = connect(subject, cluster)
      const ours = await session.createVolume(volumeSpec())
      expect(await session.findVolumeById('default', ours.backendId)).toEqual(ours)
      cluster.renameVolume(ours.backendId, 'astray')
      const theirs = cluster.createForeignVolume({ name: ours.name, sizeBytes: GIB })
      const found = await session.findVolumeById('default', ours.backendId)
      expect(found).toMatchObject({ backendId: ours.backendId, name: 'astray' })
      expect(await session.findVolume('default', ours.name)).toMatchObject({ backendId: theirs.uuid })
      if (found) await session.deleteVolume(found)
      expect(cluster.volumes()).toEqual([theirs])
    })

    it('finds nothing under an unknown id, in another project, nor once it is gone', async () => {
      const cluster = await startCluster(subject)
      const session = connect(subject, cluster)
      const { backendId } = await session.createVolume(volumeSpec())
      expect(await session.findVolumeById('default', cluster.uuid)).toBeNull()
      expect(await session.findVolumeById('nowhere', backendId)).toBeNull()
      cluster.deleteVolume(backendId)
      expect(await session.findVolumeById('default', backendId)).toBeNull()
    })

    it('answers CREATING, and shows AVAILABLE when the cluster is done', async () => {
      const cluster = await startCluster(subject, { delays: { createMs: 50 } })
      const session = connect(subject, cluster)
      const created = await session.createVolume(volumeSpec())
      expect(created).toMatchObject({ state: 'CREATING', protection: null })
      await vi.waitFor(async () => {
        expect(await session.findVolume('default', created.name)).toMatchObject({ state: 'AVAILABLE' })
      })
    })

    it('shows a creation that failed, whose name is free again', async () => {
      const cluster = await startCluster(subject)
      cluster.failNextCreates(1)
      const session = connect(subject, cluster)
      const spec = volumeSpec()
      await session.createVolume(spec)
      expect(await session.findVolume(spec.project, spec.name)).toMatchObject({ state: 'FAILED' })
      await session.createVolume(spec)
      expect(await session.findVolume(spec.project, spec.name)).toMatchObject({ state: 'AVAILABLE' })
    })

    it('is refused a taken name, an impossible request, an unknown project and a full cluster', async () => {
      const cluster = await startCluster(subject)
      const session = connect(subject, cluster)
      const spec = volumeSpec()
      await session.createVolume(spec)
      await expectFailure(session.createVolume(spec), 'REFUSED', 'NAME_TAKEN')
      await expectFailure(session.createVolume(volumeSpec({ replicas: 7 })), 'REFUSED', 'INVALID_ARGUMENT')
      await expectFailure(session.createVolume(volumeSpec({ sizeBytes: 1n })), 'REFUSED', 'INVALID_ARGUMENT')
      await expectFailure(session.createVolume(volumeSpec({ project: 'nowhere' })), 'REFUSED', 'NOT_FOUND')
      cluster.leavePhysicalSpace(0n)
      await expectFailure(session.createVolume(volumeSpec()), 'REFUSED', 'NO_SPACE')
      expect(cluster.volumes()).toHaveLength(1)
    })

    it('grows a volume, to its present size too, and does not shrink it', async () => {
      const session = connect(subject, await startCluster(subject))
      const created = await session.createVolume(volumeSpec())
      await session.resizeVolume(created, 8n * GIB)
      const grown = await session.findVolume('default', created.name)
      expect(grown).toMatchObject({ sizeBytes: 8n * GIB, backendId: created.backendId })
      if (!grown) return
      await session.resizeVolume(grown, 8n * GIB)
      const again = await session.findVolume('default', created.name)
      if (!again) return
      await expectFailure(session.resizeVolume(again, GIB), 'REFUSED', 'INVALID_ARGUMENT')
    })

    it('shrinks a volume when told that this is meant', async () => {
      const session = connect(subject, await startCluster(subject))
      const created = await session.createVolume(volumeSpec())
      await session.resizeVolume(created, GIB, { shrink: true })
      expect(await session.findVolume('default', created.name)).toMatchObject({
        backendId: created.backendId,
        sizeBytes: GIB,
      })
    })

    it('changes the QoS policy to one that the cluster has, by name, and to none of its own', async () => {
      const cluster = await startCluster(subject)
      const session = connect(subject, cluster)
      const volume = await session.createVolume(volumeSpec())
      const gold = cluster.createQosPolicy('gold')
      await session.changeVolume(volume, { qosPolicy: 'gold' })
      expect(cluster.volumes()).toMatchObject([{ qosPolicyUuid: gold.uuid }])
      const labelled = await session.findVolume(volume.project, volume.name)
      if (!labelled) throw new Error('it is gone')
      expect(labelled.qosPolicy).toBe('gold')
      await session.changeVolume(labelled, { compression: true })
      expect(cluster.volumes()).toMatchObject([{ qosPolicyUuid: gold.uuid }])
      const compressed = await session.findVolume(volume.project, volume.name)
      if (!compressed) throw new Error('it is gone')
      await session.changeVolume(compressed, { qosPolicy: null })
      expect(cluster.volumes()).toMatchObject([{ qosPolicyUuid: '' }])
      const unknown = session.changeVolume(volume, { qosPolicy: 'silver' })
      await expectFailure(unknown, 'REFUSED', 'UNKNOWN_QOS_POLICY')
    })

    it('changes compression and labels, each alone, and not on stale knowledge', async () => {
      const cluster = await startCluster(subject)
      const session = connect(subject, cluster)
      const created = await session.createVolume(volumeSpec({ labels: { app: 'db' } }))
      await session.changeVolume(created, { compression: true })
      expect(cluster.volumes()).toMatchObject([{ compression: true, labels: [{ key: 'app', value: 'db' }] }])
      await expectFailure(
        session.changeVolume(created, { labels: { app: 'web' } }),
        'REFUSED',
        'PRECONDITION_FAILED',
      )
      const present = await session.findVolume('default', created.name)
      if (present) await session.changeVolume(present, { labels: { app: 'web' } })
      expect(cluster.volumes()).toMatchObject([{ compression: true, labels: [{ key: 'app', value: 'web' }] }])
      const labelled = await session.findVolume(created.project, created.name)
      if (labelled) await session.changeVolume(labelled, { labels: {} })
      expect(cluster.volumes()[0]?.labels.map(({ key }) => key)).not.toContain('app')
    })

    it('renames, but not to a name that another volume has', async () => {
      const session = connect(subject, await startCluster(subject))
      const [volume, other] = [
        await session.createVolume(volumeSpec()),
        await session.createVolume(volumeSpec()),
      ]
      const taken = session.changeVolume(volume, { name: other.name })
      await expectFailure(taken, 'REFUSED', 'NAME_TAKEN')
      await session.changeVolume(volume, { name: `${volume.name}-renamed` })
      const renamed = await session.findVolume(volume.project, `${volume.name}-renamed`)
      expect(renamed?.backendId).toBe(volume.backendId)
    })

    it('does not resize on stale knowledge, nor what is gone', async () => {
      const cluster = await startCluster(subject)
      const session = connect(subject, cluster)
      const created = await session.createVolume(volumeSpec())
      cluster.resizeVolume(created.backendId, 6n * GIB)
      await expectFailure(session.resizeVolume(created, 8n * GIB), 'REFUSED', 'PRECONDITION_FAILED')
      cluster.deleteVolume(created.backendId)
      await expectFailure(session.resizeVolume(created, 8n * GIB), 'REFUSED', 'NOT_FOUND')
    })

    it('deletes, and takes a volume gone or going as success', async () => {
      const cluster = await startCluster(subject)
      const session = connect(subject, cluster)
      const volume = await session.createVolume(volumeSpec())
      cluster.setDelays({ deleteMs: 60_000 })
      await session.deleteVolume(volume)
      expect(await session.findVolume('default', volume.name)).toMatchObject({ state: 'DELETING' })
      await session.deleteVolume(volume)
      cluster.deleteVolume(volume.backendId)
      await session.deleteVolume(volume)
      expect(await session.findVolume('default', volume.name)).toBeNull()
    })

    it('takes a deletion refused because it is under way as success, and no other', async () => {
      const cluster = await startCluster(subject)
      const session = connect(subject, cluster)
      const volume = await session.createVolume(volumeSpec())
      cluster.setVolumeState(volume.backendId, 'Deleting')
      cluster.faults.set({ kind: 'error', status: 400, operations: ['DeleteVolume'] })
      await session.deleteVolume(volume)
      cluster.setVolumeState(volume.backendId, 'Failed')
      await expectFailure(session.deleteVolume(volume), 'REFUSED', 'INVALID_ARGUMENT')
    })

    it('deletes the very volume, not another that has taken its name', async () => {
      const cluster = await startCluster(subject)
      const session = connect(subject, cluster)
      const ours = await session.createVolume(volumeSpec())
      cluster.deleteVolume(ours.backendId)
      const theirs = cluster.createForeignVolume({ name: ours.name, sizeBytes: GIB })
      await session.deleteVolume(ours)
      expect(cluster.volumes().map(({ uuid }) => uuid)).toEqual([theirs.uuid])
    })

    it('is told to wait while the cluster works on the volume', async () => {
      const cluster = await startCluster(subject, { delays: { createMs: 60_000 } })
      const session = connect(subject, cluster)
      const volume = await session.createVolume(volumeSpec())
      await expectFailure(session.resizeVolume(volume, 8n * GIB), 'UNAVAILABLE', 'BUSY')
      await expectFailure(session.deleteVolume(volume), 'UNAVAILABLE', 'BUSY')
    })

    it.each([
      ['Migrating', 'AVAILABLE'],
      ['Rollback', 'UPDATING'],
    ] as const)('reads state %s as %s', async (state, expected) => {
      const cluster = await startCluster(subject)
      const session = connect(subject, cluster)
      const volume = await session.createVolume(volumeSpec())
      cluster.setVolumeState(volume.backendId, state)
      expect(await session.findVolume('default', volume.name)).toMatchObject({ state: expected })
    })
  })
})
