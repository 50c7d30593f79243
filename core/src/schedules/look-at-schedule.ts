import type { SnapshotId } from '../identity/ids.ts'
import type { SnapshotState } from '../snapshots/snapshot.ts'
import type { VolumeState } from '../volumes/volume.ts'
import { latestRun } from './latest-run.ts'
import { nextRun } from './next-run.ts'
import type { SnapshotSchedule } from './snapshot-schedule.ts'

/** One of the schedule's snapshots that is not gone. */
export interface TakenSnapshot {
  readonly id: SnapshotId
  readonly name: string
  readonly state: SnapshotState
  readonly createdAt: Date
  /** Whether a volume is being made from it or put back to it. */
  readonly isUsed: boolean
}

/** What is to become of the moment that is due; NONE when there is none, END when the volume is gone and the schedule goes with it. */
export type DueRun =
  | { readonly kind: 'NONE' }
  | { readonly kind: 'END' }
  | { readonly kind: 'TAKE'; readonly dueAt: Date }
  | { readonly kind: 'WAITING' | 'SKIPPED'; readonly dueAt: Date; readonly reason: string }

export interface ScheduleLook {
  readonly run: DueRun
  /** Snapshots that are too many. */
  readonly remove: readonly SnapshotId[]
  readonly nextRunAt: Date | null
  /** When to look again; null for never. */
  readonly lookAt: Date | null
}

const WAITING_MS = 10_000
const IN_USE_MS = 60_000
const SHORTEST_MS = 1_000
const LONGEST_MS = 60_000

const GOING: readonly VolumeState[] = ['DELETING', 'DELETED', 'FAILED', 'RELEASED']

/**
 * What there is to do for a schedule, from its present state alone: any number of missed moments is made up by one run, and
 * none is begun while the snapshot of the one before is still to be taken, because its cluster would take both at once.
 *
 * @param snapshots those of the schedule, newest first
 */
export function lookAtSchedule(
  schedule: Pick<SnapshotSchedule, 'recurrence' | 'keepCount' | 'nextRunAt'>,
  volumeState: VolumeState,
  snapshots: readonly TakenSnapshot[],
  now: Date,
): ScheduleLook {
  if (GOING.includes(volumeState)) return { run: { kind: 'END' }, remove: [], nextRunAt: null, lookAt: null }
  const unfinished = snapshots.find(({ state }) => state === 'CREATING')
  const run = dueRun(schedule, volumeState, unfinished, now)
  const tooMany = beyondCount(snapshots, schedule.keepCount)
  const isDone = run.kind === 'TAKE' || run.kind === 'SKIPPED'
  const nextRunAt = isDone ? nextRun(schedule.recurrence, now) : schedule.nextRunAt
  const looks = [
    run.kind === 'WAITING' ? later(now, WAITING_MS) : nextRunAt,
    run.kind === 'TAKE' ? later(now, SHORTEST_MS) : null,
    unfinished ? later(now, patience(unfinished, now)) : null,
    tooMany.some(({ isUsed }) => isUsed) ? later(now, IN_USE_MS) : null,
  ].filter((look) => look !== null)
  return {
    run,
    remove: tooMany.filter(({ isUsed }) => !isUsed).map(({ id }) => id),
    nextRunAt,
    lookAt: looks.length === 0 ? null : new Date(Math.min(...looks.map((look) => look.getTime()))),
  }
}

function dueRun(
  { recurrence, nextRunAt }: Pick<SnapshotSchedule, 'recurrence' | 'nextRunAt'>,
  volumeState: VolumeState,
  unfinished: TakenSnapshot | undefined,
  now: Date,
): DueRun {
  if (nextRunAt === null || nextRunAt > now) return { kind: 'NONE' }
  const latest = latestRun(recurrence, now)
  // Of several that were missed the last one gives the snapshot its name: it is the nearest to what it holds.
  const dueAt = latest && latest > nextRunAt ? latest : nextRunAt
  if (unfinished) {
    const reason = `${unfinished.name}, of the run before, is still to be taken by its cluster and will hold this moment too`
    return { kind: 'SKIPPED', dueAt, reason }
  }
  if (volumeState === 'AVAILABLE') return { kind: 'TAKE', dueAt }
  return { kind: 'WAITING', dueAt, reason: `the volume is ${volumeState}; a snapshot needs an AVAILABLE one` }
}

/**
 * Only what is there counts: one that is still to be taken, has failed or is missing keeps nobody's data. A missing one goes
 * when it would have gone anyway, so that none is told of as lost for ever.
 */
function beyondCount(
  snapshots: readonly TakenSnapshot[],
  keepCount: number | null,
): readonly TakenSnapshot[] {
  if (keepCount === null) return []
  const kept = snapshots.filter(({ state }) => state === 'AVAILABLE').slice(0, keepCount)
  if (kept.length < keepCount) return []
  const older = snapshots.slice(snapshots.findLastIndex((each) => kept.includes(each)) + 1)
  return older.filter(({ state }) => state === 'AVAILABLE' || state === 'MISSING')
}

/** The longer it takes already, the less often it is asked for. */
function patience({ createdAt }: TakenSnapshot, now: Date): number {
  return Math.min(LONGEST_MS, Math.max(SHORTEST_MS, now.getTime() - createdAt.getTime()))
}

function later(now: Date, ms: number): Date {
  return new Date(now.getTime() + ms)
}
