import { takeSnapshot } from '../../testkit/data-life.ts'
import { waitUntil } from '../../testkit/wait-until.ts'
import type { Scenario } from '../defect.ts'
import type { Created, Scene } from '../scene.ts'

const RECONCILE = 'workers/src/jobs/volume-reconcile.ts'
const WITHIN_MS = 20_000

/** Snapshots of a volume, one of them kept for an hour; clones of one and of the volume itself; a restore, and growth. */
async function run(scene: Scene): Promise<void> {
  const kept = await scene.create({ name: 'kept', sizeBytes: '4GiB' })
  const id = await isThere(scene, kept)
  const snapshot = await takeSnapshot(scene.stack, { id })
  await takeSnapshot(scene.stack, { id }, { retentionSeconds: 3_600 })
  await isThere(scene, await cloneOf(scene, 'of-snapshot', { snapshotId: snapshot.id }))
  await scene.change('restoreVolume', { id, snapshotId: snapshot.id })
  await isThere(scene, kept)
  await scene.change('resizeVolume', { id, sizeBytes: '6GiB' })
  await isThere(scene, kept)
  await isThere(scene, await cloneOf(scene, 'of-volume', { volumeId: id }))
}

function cloneOf(scene: Scene, name: string, source: Record<string, string>): Promise<Created> {
  return scene.create({ name, sizeBytes: '6GiB', source })
}

/** Its id, once it is AVAILABLE. */
async function isThere(scene: Scene, { volume, message }: Created): Promise<string> {
  if (!volume) throw new Error(`it was not placed: ${message}`)
  await waitUntil(
    'the volume to be there',
    async () => (await scene.state(volume.id)) === 'AVAILABLE',
    WITHIN_MS,
  )
  return volume.id
}

export const dataLife: Scenario = {
  name: 'snapshots, clones, a restore and growth',
  stack: { fleet: { clusters: 2, seed: 9 }, pollIntervalMs: 500 },
  run,
  defects: [
    {
      rule: 13,
      name: 'with the snapshot that a clone was made from, the volume goes that it is of',
      says: /was deleted by a client at .*, and nobody had asked for that/,
      patches: [
        {
          module: 'workers/src/jobs/snapshot-reconcile.ts',
          find: 'if (found) await session.deleteSnapshot(found)',
          replace: `if (found) await session.deleteSnapshot(found)
      const volume = found && (await session.findVolumeById(lease.backendProject, found.volumeId))
      if (volume?.state === 'AVAILABLE') await session.deleteVolume(volume)`,
        },
      ],
    },
    {
      rule: 13,
      name: 'a snapshot goes before its time is over',
      says: /snp_.* is DELETED, and nobody had asked for that/,
      patches: [
        {
          module: 'prisma/src/snapshots/snapshot-lease-store.ts',
          find: ' AND snapshot.expires_at <= clock_timestamp()',
          replace: '',
        },
        {
          module: 'prisma/src/snapshots/settle-snapshot.ts',
          find: 'clock_timestamp() + make_interval(secs => coalesce(retention_seconds, 0))',
          replace: 'clock_timestamp()',
        },
      ],
    },
    {
      rule: 13,
      name: 'what a volume was put back to goes on its cluster',
      says: /flo-.* was deleted by a client at .*, and nobody had asked for that/,
      patches: [
        {
          module: RECONCILE,
          find: 'await session.restoreVolume(backend, restoreBackendId)',
          replace: `await session.restoreVolume(backend, restoreBackendId)
      await session.deleteSnapshot({ backendId: restoreBackendId, project: lease.backendProject, etag: null })`,
        },
      ],
    },
    {
      rule: 9,
      name: 'a clone begins empty',
      says: /is a clone of nothing, by the other side of/,
      patches: [
        {
          module: RECONCILE,
          find: 'sourceSnapshotId: source?.backendId ?? null',
          replace: 'sourceSnapshotId: null',
        },
      ],
    },
    {
      rule: 'always',
      name: 'a restore is settled without being asked for',
      says: /\(RESTORE_VOLUME\) SUCCEEDED, and vol_.* was not put back in its time/,
      patches: [
        {
          module: RECONCILE,
          find: `const asksRestore = lease.state === 'RESTORING' && !attempt.changeTaken`,
          replace: 'const asksRestore = false',
        },
      ],
    },
    {
      rule: 'always',
      name: 'growth is acknowledged and not written down',
      says: /\(RESIZE_VOLUME\) SUCCEEDED, and vol_.* has sizeBytes 4294967296 and not 6442450944/,
      patches: [
        {
          module: 'prisma/src/placement/write-updates.ts',
          find: 'size_bytes = row.size_bytes',
          replace: 'size_bytes = volume.size_bytes',
        },
      ],
    },
  ],
}
