import type { OperationKind } from '@flotilla/core/operations/operation'
import { parseBytes } from '@flotilla/core/units/bytes'
import type { Checked, Facts } from './facts.ts'
import { findUnrestored } from './find-unrestored.ts'
import type { AnsweredRequest } from './history.ts'
import type { OperationRow, Records, SnapshotRow, VolumeRow } from './records.ts'

const FINAL = ['SUCCEEDED', 'PARTIAL', 'FAILED', 'CANCELLED']

/**
 * Always: at rest no operation goes on, and one that succeeded had its effect. A drain ends when a person lets it, and the
 * deletion of a snapshot that lingers with the last of its clones.
 */
export function checkOperations({ records, truth, history }: Facts): Checked {
  const answers = history.filter((line) => line.type === 'answer')
  const { operations } = records
  const lingering = new Set(
    records.snapshots.filter(({ state }) => state === 'LINGERING').map(({ id }) => id),
  )
  const maySlumber = ({ kind, snapshotId }: OperationRow) =>
    kind === 'DRAIN_CLUSTER' || (snapshotId !== null && lingering.has(snapshotId))
  return {
    count: operations.length,
    faults: [
      ...operations
        .filter((operation) => !FINAL.includes(operation.state) && !maySlumber(operation))
        .map(({ id, kind, state }) => `${id} (${kind}) is ${state} at rest`),
      ...operations
        .filter(({ state, finishedAt }) => FINAL.includes(state) !== (finishedAt !== null))
        .map(({ id, state }) => `${id} is ${state}, and its time of end says otherwise`),
      ...operations
        .filter(({ state, errorCode }) => state === 'FAILED' && errorCode === null)
        .map(({ id }) => `${id} is FAILED without a word why`),
      ...findWithoutEffect(records),
      ...findUnrestored({ records, truth }),
      ...findWithoutWantedEffect(records, answers),
    ],
  }
}

/** What must be so of the subject for ever after an operation of the kind has succeeded. */
const EFFECTS: Readonly<Partial<Record<OperationKind, (subject: VolumeRow | SnapshotRow) => boolean>>> = {
  CREATE_VOLUME: wasMade,
  DELETE_VOLUME: ({ state, deletedAt }) => state === 'DELETED' && deletedAt !== null,
  FORGET_VOLUME: ({ state }) => state === 'DELETED',
  CREATE_SNAPSHOT: wasMade,
  DELETE_SNAPSHOT: ({ state }) => state === 'DELETED' || state === 'LINGERING',
}

/** One that is deleted while it may come a second time forgets the id that it had (docs/decisions/0025-whose-a-name-is.md). */
function wasMade({ state, backendId, deletedAt, createUnknownAt }: VolumeRow | SnapshotRow): boolean {
  const mayForget = deletedAt !== null && createUnknownAt !== null
  return state !== 'CREATING' && state !== 'FAILED' && (backendId !== null || mayForget)
}

function findWithoutEffect({ operations, volumes, snapshots }: Records): string[] {
  const subjects = new Map<string, VolumeRow | SnapshotRow>(
    [...volumes, ...snapshots].map((each) => [each.id, each]),
  )
  const recreated = new Set<string | null>(
    operations.filter(({ kind }) => kind === 'RECREATE_VOLUME').map(({ volumeId }) => volumeId),
  )
  return operations.flatMap(({ id, kind, state, volumeId, snapshotId }) => {
    const subject = subjects.get(snapshotId ?? volumeId ?? '')
    if (state !== 'SUCCEEDED' || !subject || (EFFECTS[kind]?.(subject) ?? true)) return []
    // A recreation forgets what its cluster had.
    if (kind === 'CREATE_VOLUME' && subject.state === 'DELETED' && recreated.has(subject.id)) return []
    return [`${id} (${kind}) SUCCEEDED, and ${subject.id} is ${subject.state}`]
  })
}

const CHANGES: readonly OperationKind[] = ['RESIZE_VOLUME', 'UPDATE_VOLUME']
const SETS_PROPERTIES = ['createVolume', 'updateVolume', 'resizeVolume']

type WantedInput = Partial<Record<'name' | 'qosPolicy' | 'group', string>> & {
  readonly compression?: boolean
  /** A clone may ask for none. */
  readonly sizeBytes?: string | null
  readonly labels?: readonly { readonly key: string; readonly value: string }[]
}

/**
 * What the last request for a property asked for, and whether the record has it. Only where nothing else was asked for the
 * same property at about the same time, so that the order is known. What an item of many, a repetition, or a request that nobody was
 * answered has asked for since is not in the answers.
 */
function findWithoutWantedEffect(
  { operations, volumes }: Records,
  answers: readonly AnsweredRequest[],
): string[] {
  const operationById = new Map<string, OperationRow>(operations.map((each) => [each.id, each]))
  const present = new Map<string, VolumeRow>(volumes.map((volume) => [volume.id, volume]))
  const wanted = new Map<string, { readonly operation: OperationRow; readonly value: unknown }>()
  for (const { field, operationId, volumeId, input } of answers) {
    const operation = operationById.get(operationId ?? '')
    if (!volumeId || !operation || operation.state !== 'SUCCEEDED') continue
    if (!SETS_PROPERTIES.includes(field)) continue
    for (const [property, value] of Object.entries(propertiesOf(input as WantedInput))) {
      const key = `${volumeId} ${property}`
      const before = wanted.get(key)
      if (!before || before.operation.createdAt <= operation.createdAt) wanted.set(key, { operation, value })
    }
  }
  const answered = new Set(answers.map(({ operationId }) => operationId))
  const unseen = Map.groupBy(
    operations.filter(
      ({ id, kind, parentId, formerId }) =>
        parentId !== null || formerId !== null || (CHANGES.includes(kind) && !answered.has(id)),
    ),
    ({ volumeId }): string => volumeId ?? '',
  )
  // What its cluster then has of a volume that others have made smaller is what is left.
  const refused = Map.groupBy(
    operations.filter(({ state }) => state === 'FAILED'),
    ({ volumeId }): string => volumeId ?? '',
  )
  return [...wanted].flatMap(([key, { operation, value }]) => {
    const [volumeId = '', property = ''] = key.split(' ')
    const volume = present.get(volumeId)
    if (volume?.state !== 'AVAILABLE') return []
    const isLater = (each: OperationRow) => each.createdAt >= operation.createdAt
    if ((unseen.get(volumeId) ?? []).some(isLater)) return []
    if (property === 'sizeBytes' && (refused.get(volumeId) ?? []).some(isLater)) return []
    const has = property === 'labels' ? labelText(volume.labels) : volume[property as 'name']
    return has === value
      ? []
      : [
          `${operation.id} (${operation.kind}) SUCCEEDED, and ${volumeId} has ${property} ${has} and not ${value}`,
        ]
  })
}

function propertiesOf(input: WantedInput): Record<string, unknown> {
  const { name, qosPolicy, compression, sizeBytes, labels } = input
  return {
    ...(name !== undefined && { name }),
    ...(qosPolicy !== undefined && { qosPolicy }),
    ...(compression !== undefined && { compression }),
    ...((sizeBytes ?? null) !== null && { sizeBytes: parseBytes(sizeBytes) }),
    ...(labels !== undefined && {
      labels: labelText(Object.fromEntries(labels.map(({ key, value }) => [key, value]))),
    }),
  }
}

function labelText(labels: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.entries(labels).sort())
}
