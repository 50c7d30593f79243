import type { Checked, Facts } from './facts.ts'
import type { AnsweredRequest } from './history.ts'
import { isThere, OurPlaces } from './our-volumes.ts'
import { ownersByUuid } from './owners-by-uuid.ts'
import type { OperationRow, Records } from './records.ts'

const FINAL = ['AVAILABLE', 'DELETED', 'FAILED', 'MISSING', 'RELEASED', 'LINGERING']

/**
 * Rule 1: what was acknowledged is in the records, has come to an end that can be seen, and is on its cluster where it is
 * said to be; the same key was answered with the same.
 */
export function checkNothingLost({ records, truth, history }: Facts): Checked {
  const answers = history.filter((line) => line.type === 'answer')
  return {
    count: records.volumes.length + records.snapshots.length + answers.length,
    faults: [
      ...findUnsettled(records),
      ...findAbsent(records, new OurPlaces(truth)),
      ...findMislaid({ records, truth }),
      ...findMislaidSnapshots({ records, truth }),
      ...checkAnswers(records, answers),
    ],
  }
}

/** Work on a cluster that cannot be worked with waits, and shows why. */
function findUnsettled({ volumes, snapshots, clusters, operations, findings }: Records): string[] {
  const connected = new Set(clusters.filter((each) => each.connection === 'CONNECTED').map(({ id }) => id))
  const failed = new Set(
    operations.filter(({ state, errorCode }) => state === 'FAILED' && errorCode).flatMap(subjectsOf),
  )
  const cancelled = new Set(
    operations
      .filter(({ kind, state }) => kind === 'CREATE_VOLUME' && state === 'CANCELLED')
      .flatMap(subjectsOf),
  )
  const missing = new Set(
    findings
      .filter(({ kind, state }) => kind.startsWith('MISSING') && state !== 'RESOLVED')
      .map(({ subject }) => subject),
  )
  return [
    ...[...volumes, ...snapshots]
      .filter(({ state, clusterId }) => !FINAL.includes(state) && connected.has(clusterId))
      .map(({ id, state }) => `${id} is ${state}, which is not final`),
    ...volumes
      .filter(({ id, state }) => state === 'FAILED' && !failed.has(id))
      .map(({ id }) => `${id} is FAILED, and no operation says why`),
    // One that was taken for a clone has no operation but the clone's, which may have been cancelled.
    ...snapshots
      .filter(({ id, madeForId, state }) => {
        const saysWhy = madeForId ? failed.has(madeForId) || cancelled.has(madeForId) : failed.has(id)
        return state === 'FAILED' && !saysWhy
      })
      .map(({ id }) => `${id} is FAILED, and no operation says why`),
    ...[...volumes, ...snapshots]
      .filter(({ id, state }) => state === 'MISSING' && !missing.has(id))
      .map(({ id }) => `${id} is MISSING, and no finding says so`),
  ]
}

function findAbsent({ volumes, snapshots }: Records, places: OurPlaces): string[] {
  return [
    ...volumes
      .filter((volume) => volume.state === 'AVAILABLE' && places.ofVolume(volume).length === 0)
      .map(({ id }) => `${id} is AVAILABLE and on no cluster`),
    ...snapshots
      .filter(
        (each) => ['AVAILABLE', 'LINGERING'].includes(each.state) && places.ofSnapshot(each).length === 0,
      )
      .map(({ id, state }) => `${id} is ${state} and on no cluster`),
  ]
}

/** A volume is lost by what somebody else did: he has deleted it, or its cluster holds a husk of it. */
function findMislaid({ records, truth }: Pick<Facts, 'records' | 'truth'>): string[] {
  const owners = ownersByUuid({ records, truth })
  const lost = new Set(
    truth
      .flatMap(({ history }) => history.filter(({ kind, by }) => kind === 'gone' && by === 'outside'))
      .flatMap(({ volumeUuid }) => [...(owners.get(volumeUuid) ?? [])]),
  )
  const husks = new Set<string | null>(
    truth.flatMap(({ volumes }) => volumes.filter((each) => !isThere(each)).map(({ uuid }) => uuid)),
  )
  return records.volumes
    .filter(({ id, state, backendId }) => state === 'MISSING' && !lost.has(id) && !husks.has(backendId))
    .map(({ id }) => `${id} is MISSING, and nobody else has deleted it`)
}

/** As of volumes. */
function findMislaidSnapshots({ records, truth }: Pick<Facts, 'records' | 'truth'>): string[] {
  const taken = truth.flatMap(({ snapshots, snapshotDeletions }) => [
    ...snapshotDeletions.filter(({ by }) => by === 'outside').map(({ snapshotUuid }) => snapshotUuid),
    ...snapshots.filter((each) => !isThere(each)).map(({ uuid }) => uuid),
  ])
  const lost = new Set<string | null>(taken)
  return records.snapshots
    .filter(({ state, backendId }) => state === 'MISSING' && !lost.has(backendId))
    .map(({ id }) => `${id} is MISSING, and nobody else has deleted it`)
}

function checkAnswers(
  { operations, volumes, snapshots }: Records,
  answers: readonly AnsweredRequest[],
): string[] {
  const operationById = new Map<string, OperationRow>(operations.map((each) => [each.id, each]))
  const subjects = new Set<string>([...volumes, ...snapshots].map(({ id }) => id))
  const firstByKey = new Map<string, AnsweredRequest>()
  return answers.flatMap((answer) => {
    const { idempotencyKey: key, operationId, field } = answer
    if (!operationId) return []
    const where = `${field} under key ${key}`
    const first = firstByKey.get(key ?? '')
    if (key && !first) firstByKey.set(key, answer)
    const operation = operationById.get(operationId)
    return [
      ...(operation ? [] : [`${where} was answered with ${operationId}, which is not in the records`]),
      ...(operation && operation.idempotencyKey !== key
        ? [`${where} was answered with ${operationId}, which is of key ${operation.idempotencyKey}`]
        : []),
      ...(first && first.operationId !== operationId
        ? [`${where} was answered with ${first.operationId} first and ${operationId} later`]
        : []),
      ...[answer.volumeId, answer.snapshotId]
        .filter((id) => id !== null && !subjects.has(id))
        .map((id) => `${where} was answered with ${id}, which is not in the records`),
    ]
  })
}

function subjectsOf({ volumeId, snapshotId }: OperationRow): string[] {
  return [volumeId, snapshotId].filter((id) => id !== null)
}
