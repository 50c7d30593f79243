import { expect, test } from 'vitest'
import { toId } from '../identity/ids.ts'
import { sampleUuid, sampleVolumeId } from '../testing/sample-fleet.ts'
import { changeSchedule } from './change-schedule.ts'
import type { SnapshotSchedule } from './snapshot-schedule.ts'

const START = new Date('2026-11-22T00:00:00Z')
const NOW = new Date('2026-11-22T03:30:00Z')
const DUE = new Date('2026-11-22T03:00:00Z')

const schedule: SnapshotSchedule = {
  id: toId('SnapshotSchedule', sampleUuid(1)),
  volumeId: sampleVolumeId(1),
  project: 'default',
  name: 'hourly',
  labels: { app: 'db' },
  recurrence: { kind: 'INTERVAL', everySeconds: 3_600, startAt: START },
  keepCount: 3,
  retentionSeconds: null,
  isPaused: false,
  nextRunAt: DUE,
  lastRunAt: null,
  lastOutcome: null,
  revision: 1,
  createdAt: START,
  updatedAt: START,
  deletedAt: null,
}

test('what is absent stays, a run that is due too', () => {
  expect(changeSchedule(schedule, { name: 'often' }, NOW)).toEqual({ ...schedule, name: 'often' })
})

test('another recurrence begins now, and nothing is made up', () => {
  const { recurrence, nextRunAt } = changeSchedule(
    schedule,
    { recurrence: { kind: 'INTERVAL', everySeconds: 600, startAt: null } },
    NOW,
  )
  expect(recurrence).toEqual({ kind: 'INTERVAL', everySeconds: 600, startAt: NOW })
  expect(nextRunAt).toEqual(new Date('2026-11-22T03:40:00Z'))
})

test('a pause ends what is due; after it the schedule goes on in its old rhythm', () => {
  const paused = changeSchedule(schedule, { isPaused: true }, NOW)
  expect(paused.nextRunAt).toBeNull()
  expect(changeSchedule(paused, { keepCount: 5 }, NOW).nextRunAt).toBeNull()
  expect(changeSchedule(paused, { isPaused: false }, NOW).nextRunAt).toEqual(new Date('2026-11-22T04:00:00Z'))
})

test('one limit may take the place of the other; something has to limit what is kept', () => {
  expect(changeSchedule(schedule, { keepCount: null, retentionSeconds: 60 }, NOW)).toMatchObject({
    keepCount: null,
    retentionSeconds: 60,
  })
  expect(() => changeSchedule(schedule, { keepCount: null }, NOW)).toThrow(/^input\.keepCount: would be null/)
})
