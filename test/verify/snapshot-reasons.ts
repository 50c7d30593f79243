import type { OperationKind } from '@flotilla/core/operations/operation'
import type { OperationRow, Records, SnapshotRow } from './records.ts'

/** Why a snapshot may be deleted: from when on in milliseconds, infinite for never. */
export interface SnapshotReasons {
  /** Its own deletion, or its volume's, was asked for; or its creation was given up, and it came late. */
  readonly askedMs: number
  /** Nobody needs to ask: its time is over, or the clone that it was taken for is made, or never will be. */
  readonly overMs: number
}

const NEVER = Number.POSITIVE_INFINITY

export function snapshotReasons({ operations }: Records): (snapshot: SnapshotRow) => SnapshotReasons {
  // A deletion that was accepted is never given up (docs/decisions/0034-deletions-do-not-give-up.md): one that FAILED was refused.
  const asked = (wanted: OperationKind) => (operation: OperationRow) =>
    operation.kind === wanted && operation.state !== 'FAILED' ? operation.createdAt : null
  const deleted = earliest(operations, 'snapshotId', asked('DELETE_SNAPSHOT'))
  const ofDeleted = earliest(operations, 'volumeId', asked('DELETE_VOLUME'))
  const givenUp = earliest(operations, 'snapshotId', ({ kind, state, finishedAt }) =>
    kind === 'CREATE_SNAPSHOT' && state === 'FAILED' ? finishedAt : null,
  )
  const made = earliest(operations, 'volumeId', ({ kind, finishedAt }) =>
    kind === 'CREATE_VOLUME' ? finishedAt : null,
  )
  return ({ id, state, volumeId, madeForId, expiresAt }) => {
    // One that was taken for a clone has no operation that says since when it was given up.
    const overWithClone = state === 'FAILED' ? 0 : made(madeForId ?? '')
    return {
      askedMs: Math.min(deleted(id), ofDeleted(volumeId), givenUp(id)),
      overMs: Math.min(madeForId === null ? NEVER : overWithClone, expiresAt?.getTime() ?? NEVER),
    }
  }
}

/** The first of the moments that operations on each subject tell. */
function earliest(
  operations: readonly OperationRow[],
  subject: 'volumeId' | 'snapshotId',
  momentOf: (operation: OperationRow) => Date | null,
): (id: string) => number {
  const first = new Map<string, number>()
  for (const operation of operations) {
    const [id, moment] = [operation[subject], momentOf(operation)]
    if (id && moment) first.set(id, Math.min(first.get(id) ?? NEVER, moment.getTime()))
  }
  return (id) => first.get(id) ?? NEVER
}
