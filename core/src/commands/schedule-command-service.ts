import type { JobQueue } from '../ports/job-queue.ts'
import type { ScheduleCommands } from '../ports/schedule-commands.ts'
import type { SnapshotScheduleStore } from '../ports/schedule-store.ts'
import { KEPT_ALLOWED } from '../schedules/snapshot-schedule.ts'
import { beginOperation, type OperationPorts } from './begin-operation.ts'
import { ASKED, type CapabilityPorts } from './capability-faults.ts'
import { InputIssues } from './input-issues.ts'
import { checkIdempotencyKey, checkLabels, requireKey } from './input-rules.ts'
import { requireCapability } from './require-capability.ts'
import { checkKept, checkRecurrence, checkScheduleName, toRecurrence } from './schedule-rules.ts'

interface SchedulePorts extends OperationPorts, CapabilityPorts {
  readonly schedules: SnapshotScheduleStore
  readonly jobs: JobQueue
}

/** The part of FleetCommands that is about schedules of snapshots. */
export function createScheduleCommands(ports: SchedulePorts): ScheduleCommands {
  const { schedules, jobs, ids } = ports
  return {
    async createSnapshotSchedule(input, actor) {
      const { idempotencyKey, recurrence, keepCount, retentionSeconds, paused, ...wanted } = input
      const issues = new InputIssues()
      checkIdempotencyKey(issues, idempotencyKey)
      checkScheduleName(issues, input.name)
      checkRecurrence(issues, recurrence)
      checkKept(issues, input)
      const isLimited = keepCount !== undefined || retentionSeconds !== undefined
      issues.require(isLimited, 'keepCount', 'is absent, and so is retentionSeconds', KEPT_ALLOWED)
      checkLabels(issues, input.labels)
      issues.throwIfAny()
      await requireCapability(ports, input.volumeId, ASKED.snapshot)
      const schedule = {
        ...wanted,
        id: ids.next('SnapshotSchedule'),
        recurrence: toRecurrence(recurrence),
        keepCount: keepCount ?? null,
        retentionSeconds: retentionSeconds ?? null,
        isPaused: paused ?? false,
      }
      return schedules.create(schedule, beginOperation(ports, 'CREATE_SNAPSHOT_SCHEDULE', input, actor))
    },

    async updateSnapshotSchedule(input, actor) {
      const { idempotencyKey, id, expectedRevision, recurrence, paused, ...changes } = input
      const issues = new InputIssues()
      if (idempotencyKey !== undefined) checkIdempotencyKey(issues, idempotencyKey)
      const { name, labels, keepCount, retentionSeconds } = changes
      issues.require(
        [name, labels, recurrence, keepCount, retentionSeconds, paused].some((each) => each !== undefined),
        '',
        'changes nothing',
        'at least one of name, labels, recurrence, keepCount, retentionSeconds, paused',
      )
      if (name !== undefined) checkScheduleName(issues, name)
      if (labels !== undefined) checkLabels(issues, labels)
      if (recurrence !== undefined) checkRecurrence(issues, recurrence)
      checkKept(issues, changes)
      issues.throwIfAny()
      const wanted = { ...changes, recurrence: recurrence && toRecurrence(recurrence), isPaused: paused }
      const operation = beginOperation(ports, 'UPDATE_SNAPSHOT_SCHEDULE', input, actor)
      return schedules.update(id, wanted, expectedRevision ?? null, operation)
    },

    async deleteSnapshotSchedule(input, actor) {
      requireKey(input.idempotencyKey)
      const { snapshotIds, ...deleted } = await schedules.delete(
        input.id,
        input.deleteSnapshots ?? false,
        input.expectedRevision ?? null,
        beginOperation(ports, 'DELETE_SNAPSHOT_SCHEDULE', input, actor),
      )
      jobs.reconcileSnapshots(snapshotIds)
      return deleted
    },
  }
}
