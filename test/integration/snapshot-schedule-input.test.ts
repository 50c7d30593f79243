import { afterAll, beforeAll, expect, it } from 'vitest'
import { clusterNamed, mutate, newVolume, untilDone, type VolumeAnswer } from '../testkit/data-life.ts'
import { mutateSchedule, newSchedule, readSchedule, type ScheduleAnswer } from '../testkit/schedules.ts'
import { type Stack, startStack } from '../testkit/stack.ts'

const NOBODY = '01939b6c-0000-7000-8000-000000000000'

let stack: Stack
let volume: VolumeAnswer
let schedule: ScheduleAnswer

beforeAll(async () => {
  stack = await startStack({ fleet: { clusters: 1, seed: 32 } })
  volume = await newVolume(stack)
  schedule = await newSchedule(stack, volume.id, { name: 'taken', paused: true })
})
afterAll(() => stack?.close())

it.each<[what: string, input: Record<string, unknown>, message: RegExp]>([
  [
    'no recurrence',
    { recurrence: {} },
    /^input\.recurrence: says nothing; allowed: exactly one of everySeconds and pattern$/,
  ],
  [
    'two recurrences',
    { recurrence: { everySeconds: 60, pattern: '* * * * *' } },
    /^input\.recurrence: says two things/,
  ],
  [
    'too often',
    { recurrence: { everySeconds: 59 } },
    /^input\.recurrence\.everySeconds: every 59 seconds is too often; allowed: 60 \(a minute\) to 31622400/,
  ],
  ['too seldom', { recurrence: { everySeconds: 31_622_401 } }, /is too seldom/],
  [
    'a minute that is none',
    { recurrence: { pattern: '61 3 * * *' } },
    /^input\.recurrence\.pattern: the minute "61" cannot be read; allowed: five fields as in crontab/,
  ],
  ['seconds', { recurrence: { pattern: '0 0 3 * * *' } }, /"0 0 3 \* \* \*" has 6 fields/],
  ['a day that never comes', { recurrence: { pattern: '0 0 30 2 *' } }, /"0 0 30 2 \*" never comes/],
  [
    'an unknown zone',
    { recurrence: { pattern: '0 3 * * *', timeZone: 'Moon/Base' } },
    /^input\.recurrence\.timeZone: "Moon\/Base" is no time zone known here; allowed: an IANA name/,
  ],
  [
    'a zone of an interval',
    { recurrence: { everySeconds: 60, timeZone: 'UTC' } },
    /timeZone: has nothing to say here/,
  ],
  [
    'a start long ago',
    { recurrence: { everySeconds: 60, startAt: '1970-01-01T00:00:00Z' } },
    /^input\.recurrence\.startAt: is 1970/,
  ],
  [
    'no limit',
    { keepCount: null },
    /^input\.keepCount: is absent, and so is retentionSeconds; allowed: keepCount, retentionSeconds or both$/,
  ],
  ['nothing kept', { keepCount: 0 }, /^input\.keepCount: is 0; allowed: 1 to 1000$/],
  ['a retention of nothing', { retentionSeconds: 0 }, /^input\.retentionSeconds: is 0; allowed: 1 to /],
  ['a name', { name: 'a b' }, /^input\.name: has the character " "/],
  ['a long name', { name: 'a'.repeat(237) }, /^input\.name: has 237 characters; allowed: 1 to 236/],
  ['a taken name', { name: 'taken' }, /has a snapshot schedule named "taken" already/],
  ['nobody', { volumeId: `vol_${NOBODY}` }, /^there is no volume/],
])(
  'a schedule with %s is refused, saying where, what is wrong and what is allowed',
  async (_what, input, message) => {
    const answer = await mutateSchedule(stack, 'createSnapshotSchedule', {
      volumeId: volume.id,
      name: 'fresh',
      recurrence: { everySeconds: 60 },
      keepCount: 1,
      ...input,
    })
    expect(answer.message).toMatch(message)
    const { rows } = await stack.sql.query(`SELECT 1 FROM snapshot_schedule WHERE name = 'fresh'`)
    expect(rows).toEqual([])
  },
)

it('a volume that goes or is gone gets no schedule', async () => {
  const doomed = await newVolume(stack)
  clusterNamed(stack, doomed.cluster.name).setDelays({ deleteMs: 3_000 })
  const { operation } = await mutate(stack, 'deleteVolume', { id: doomed.id })
  const wanted = { volumeId: doomed.id, name: 'late', recurrence: { everySeconds: 60 }, keepCount: 1 }
  expect(await mutateSchedule(stack, 'createSnapshotSchedule', wanted)).toMatchObject({
    __typename: 'InvalidStateError',
  })
  await untilDone(stack, operation?.id)
  expect(await mutateSchedule(stack, 'createSnapshotSchedule', wanted)).toMatchObject({
    __typename: 'NotFoundError',
  })
})

it.each<[what: string, input: Record<string, unknown>, message: RegExp]>([
  ['nothing', {}, /^input: changes nothing; allowed: at least one of name, labels, recurrence/],
  ['a bad pattern', { recurrence: { pattern: 'often' } }, /"often" has 1 fields/],
  ['no limit left', { keepCount: null }, /^input\.keepCount: would be null, and so would retentionSeconds/],
  ['a count', { keepCount: 1_001 }, /^input\.keepCount: is 1001/],
])('a change to %s is refused, and nothing is changed', async (_what, input, message) => {
  const answer = await mutateSchedule(stack, 'updateSnapshotSchedule', { id: schedule.id, ...input })
  expect(answer.message).toMatch(message)
  expect((await readSchedule(stack, schedule.id)).revision).toBe(schedule.revision)
})

it('a change to the name of another, by a stale revision, or of what is gone is refused', async () => {
  const other = await newSchedule(stack, volume.id, { name: 'other', paused: true })
  expect(
    await mutateSchedule(stack, 'updateSnapshotSchedule', { id: other.id, name: 'taken' }),
  ).toMatchObject({ __typename: 'NameTakenError' })
  const stale = { id: other.id, expectedRevision: 9 }
  expect(await mutateSchedule(stack, 'deleteSnapshotSchedule', stale)).toMatchObject({
    __typename: 'RevisionConflictError',
  })
  await mutateSchedule(stack, 'deleteSnapshotSchedule', { id: other.id })
  expect(
    await mutateSchedule(stack, 'updateSnapshotSchedule', { id: other.id, paused: false }),
  ).toMatchObject({ __typename: 'NotFoundError' })
  expect(await mutateSchedule(stack, 'deleteSnapshotSchedule', { id: `sch_${NOBODY}` })).toMatchObject({
    __typename: 'NotFoundError',
  })
  await expect(mutateSchedule(stack, 'deleteSnapshotSchedule', { id: volume.id })).rejects.toThrow(
    /INVALID_ID/,
  )
})
