import type { OperationError } from '@flotilla/core/operations/operation'
import type { VolumeLease } from '@flotilla/core/ports/volume-lease'
import type pg from 'pg'
import { appendEvents } from '../events/append-events.ts'
import { finishOperations } from '../operations/finish-operation.ts'
import { releaseSources } from '../snapshots/release-sources.ts'
import { wakeSources } from '../snapshots/wake-sources.ts'

/** Ends what was asked of these volumes, and tells that they have changed. */
export async function conclude(
  client: pg.ClientBase,
  leases: readonly VolumeLease[],
  error: OperationError | null,
): Promise<void> {
  const clones = leases.filter(({ source }) => source)
  const own = clones.filter(({ source }) => source?.isOwn)
  await Promise.all([
    appendEvents(client, { VOLUME_CHANGED: leases.map(({ volumeId }) => volumeId) }),
    finishOperations(client, leases, error),
    releaseSources(
      client,
      own.map(({ volumeId }) => volumeId),
    ),
    wakeSources(
      client,
      clones.map(({ volumeId }) => volumeId),
    ),
  ])
}
