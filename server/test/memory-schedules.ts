import type { FleetCommands } from '@flotilla/core/ports/fleet-commands'
import type { FleetReader } from '@flotilla/core/ports/fleet-reader'
import type { ScheduleCommands } from '@flotilla/core/ports/schedule-commands'

type ScheduleReads = Pick<
  FleetReader,
  'snapshotSchedulesByIds' | 'listSnapshotSchedules' | 'heldSnapshotsByScheduleIds'
>

/** A fleet where nothing is taken by itself. */
export const noSchedules: ScheduleReads = {
  snapshotSchedulesByIds: async (ids) => ids.map(() => null),
  listSnapshotSchedules: async () => ({ items: [], cursors: [], hasNextPage: false, totalCount: 0 }),
  heldSnapshotsByScheduleIds: async (ids) => ids.map(() => ({ available: 0, lingering: 0 })),
}

const refuse = () => Promise.reject(new Error('there are no schedules in memory'))

export const noScheduleCommands: Pick<FleetCommands, keyof ScheduleCommands> = {
  createSnapshotSchedule: refuse,
  updateSnapshotSchedule: refuse,
  deleteSnapshotSchedule: refuse,
}
