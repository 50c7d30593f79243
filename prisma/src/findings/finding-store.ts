import { InvalidInputError, InvalidStateError, NotFoundError } from '@flotilla/core/errors'
import type { ClusterId, FindingId, VolumeId } from '@flotilla/core/identity/ids'
import type { NewOperation } from '@flotilla/core/operations/new-operation'
import type { Operation } from '@flotilla/core/operations/operation'
import type { AdoptionOutcome, FindingStore } from '@flotilla/core/ports/finding-store'
import type pg from 'pg'
import type { Database } from '../database/connect.ts'
import { inTransaction, retryOnConflict } from '../database/transaction.ts'
import { appendEvents } from '../events/append-events.ts'
import type { EventBus } from '../events/event-bus.ts'
import type { Finding as FindingRow } from '../generated/client.ts'
import { findEarlier, recordOperation } from '../operations/record-operation.ts'
import { replayOr } from '../operations/replay-or.ts'
import { lockVolume } from '../volumes/lock-volume.ts'
import { adoptVolumes } from './adopt-volumes.ts'
import { FINDING_COLUMNS } from './finding-columns.ts'
import { toFinding } from './finding-row.ts'
import { forgetVolume } from './forget-volume.ts'
import { historyWith } from './history.ts'
import { recordAdoption } from './record-adoption.ts'
import { recreateVolume } from './recreate-volume.ts'

const RACES_RETRIED = 5

export function createFindingStore(database: Database, bus: EventBus): FindingStore {
  const change = async <T>(work: (client: pg.ClientBase) => Promise<T>): Promise<T> => {
    const changed = await retryOnConflict(RACES_RETRIED, () => inTransaction(database.pool, work))
    bus.publish()
    return changed
  }

  return {
    adopt: (adoption, wanted) =>
      change(async (client) => {
        const earlier = await findEarlier(client, wanted)
        if (earlier) return { outcomes: await readOutcomes(client, earlier), operation: earlier }
        const { outcomes, clusterIds } = await adoptVolumes(client, adoption, wanted.actor)
        const operation = await recordAdoption(client, outcomes, wanted)
        await appendEvents(client, {
          CLUSTER_CHANGED: clusterIds,
          VOLUME_CHANGED: outcomes.flatMap(({ volumeId }) => volumeId ?? []),
          FINDINGS_CHANGED: clusterIds,
        })
        return { outcomes, operation }
      }),

    ignore: (id, until, reason, wanted) =>
      change(async (client) => {
        const earlier = await findEarlier(client, wanted)
        const present = await lockFinding(client, id)
        if (earlier) return { finding: toFinding(present), operation: earlier }
        if (present.state === 'RESOLVED')
          throw new InvalidStateError(`${id} is RESOLVED; there is nothing to ignore`, ['input', 'id'])
        const { rows } = await client.query<FindingRow>(
          `UPDATE finding SET state = 'IGNORED', ignored_until = $2, updated_at = clock_timestamp(),
                  history = ${historyWith('IGNORED', '$3', '$4')}
           WHERE id = $1 AND $2::timestamptz > clock_timestamp()
             AND $2::timestamptz < clock_timestamp() + interval '10 years' RETURNING ${FINDING_COLUMNS}`,
          [id, until, wanted.actor, reason],
        )
        if (!rows[0]) throw isPast(until)
        const clusterId = present.clusterId as ClusterId
        const operation = await recordOperation(client, 'IGNORE_FINDING', { clusterId }, wanted, true)
        await appendEvents(client, { FINDINGS_CHANGED: [clusterId] })
        return { finding: toFinding(rows[0]), operation }
      }),

    recreate: (id, operation, expectedRevision) =>
      change((client) =>
        replayOr(
          () => findChanged(client, id, operation),
          () => recreateVolume(client, id, operation, expectedRevision),
        ),
      ),

    forget: (id, operation, expectedRevision) =>
      change((client) =>
        replayOr(
          () => findChanged(client, id, operation),
          () => forgetVolume(client, id, operation, expectedRevision),
        ),
      ),
  }
}

/** What an earlier request of this key has left of the volume; null when there was none. */
async function findChanged(client: pg.ClientBase, id: VolumeId, wanted: NewOperation) {
  const earlier = await findEarlier(client, wanted)
  return earlier && { volume: await lockVolume(client, id, ['input', 'id']), operation: earlier }
}

async function lockFinding(client: pg.ClientBase, id: FindingId): Promise<FindingRow> {
  const { rows } = await client.query<FindingRow>(
    `SELECT ${FINDING_COLUMNS} FROM finding WHERE id = $1 FOR UPDATE`,
    [id],
  )
  if (!rows[0]) throw new NotFoundError(`there is no finding ${id}`, ['input', 'id'])
  return rows[0]
}

async function readOutcomes(client: pg.ClientBase, { id }: Operation): Promise<readonly AdoptionOutcome[]> {
  const { rows } = await client.query<{ outcome: readonly AdoptionOutcome[] | null }>(
    'SELECT outcome FROM operation WHERE id = $1',
    [id],
  )
  return rows[0]?.outcome ?? []
}

function isPast(until: Date): InvalidInputError {
  const message = `${until.toISOString()} is past, or too far off`
  return new InvalidInputError([
    { path: ['input', 'until'], message, allowed: 'a time to come, within ten years' },
  ])
}
