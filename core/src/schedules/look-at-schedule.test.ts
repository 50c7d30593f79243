import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { toId } from '../identity/ids.ts'
import { sampleUuid } from '../testing/sample-fleet.ts'
import { VOLUME_STATES } from '../volumes/volume.ts'
import { lookAtSchedule, type TakenSnapshot } from './look-at-schedule.ts'
import { scheduledSnapshotName } from './scheduled-snapshot-name.ts'

const NOW = new Date('2026-11-22T03:00:30Z')
const ago = (seconds: number) => new Date(NOW.getTime() - seconds * 1_000)
const MINUTELY = { kind: 'INTERVAL', everySeconds: 60, startAt: new Date('2026-11-22T00:00:00Z') } as const

const schedule = { recurrence: MINUTELY, keepCount: null, nextRunAt: new Date('2026-11-22T03:00:00Z') }
const later = { ...schedule, nextRunAt: new Date('2026-11-22T03:01:00Z') }

const taken = (number: number, changes: Partial<TakenSnapshot> = {}): TakenSnapshot => ({
  id: toId('Snapshot', sampleUuid(number)),
  name: `s-${number}`,
  state: 'AVAILABLE',
  createdAt: ago(number * 60),
  isUsed: false,
  ...changes,
})

describe('a moment that is due', () => {
  test('is taken, and the next is the first after now', () => {
    expect(lookAtSchedule(schedule, 'AVAILABLE', [], NOW)).toEqual({
      run: { kind: 'TAKE', dueAt: schedule.nextRunAt },
      remove: [],
      nextRunAt: new Date('2026-11-22T03:01:00Z'),
      lookAt: new Date('2026-11-22T03:00:31Z'),
    })
  })

  test('of many that were missed gives one run, by the last of them', () => {
    const missed = { ...schedule, nextRunAt: new Date('2026-11-22T01:00:00Z') }
    expect(lookAtSchedule(missed, 'AVAILABLE', [], NOW)).toMatchObject({
      run: { kind: 'TAKE', dueAt: new Date('2026-11-22T03:00:00Z') },
      nextRunAt: new Date('2026-11-22T03:01:00Z'),
    })
  })

  test.each(['CREATING', 'RESIZING', 'UPDATING', 'RESTORING', 'MISSING'] as const)(
    'waits while the volume is %s',
    (state) => {
      expect(lookAtSchedule(schedule, state, [], NOW)).toMatchObject({
        run: { kind: 'WAITING', reason: `the volume is ${state}; a snapshot needs an AVAILABLE one` },
        nextRunAt: schedule.nextRunAt,
        lookAt: new Date('2026-11-22T03:00:40Z'),
      })
    },
  )

  test('is skipped while the snapshot of the one before is still to be taken', () => {
    const unfinished = taken(1, { state: 'CREATING', createdAt: ago(20) })
    expect(lookAtSchedule(schedule, 'AVAILABLE', [unfinished], NOW)).toMatchObject({
      run: { kind: 'SKIPPED', reason: expect.stringContaining('s-1') },
      nextRunAt: new Date('2026-11-22T03:01:00Z'),
      lookAt: new Date('2026-11-22T03:00:50Z'),
    })
  })
})

test.each(['DELETING', 'DELETED', 'FAILED', 'RELEASED'] as const)(
  'a schedule ends with a volume that is %s',
  (state) => {
    expect(lookAtSchedule(schedule, state, [taken(1)], NOW)).toMatchObject({
      run: { kind: 'END' },
      remove: [],
      lookAt: null,
    })
  },
)

describe('while nothing is due', () => {
  test('it is looked at again for the next moment, never when it is paused', () => {
    expect(lookAtSchedule(later, 'AVAILABLE', [], NOW)).toMatchObject({
      run: { kind: 'NONE' },
      nextRunAt: later.nextRunAt,
      lookAt: later.nextRunAt,
    })
    expect(lookAtSchedule({ ...later, nextRunAt: null }, 'AVAILABLE', [], NOW).lookAt).toBeNull()
  })

  test('a paused one is still tidied, and looked after until its last snapshot is there', () => {
    const paused = { ...later, nextRunAt: null, keepCount: 1 }
    const snapshots = [taken(1, { state: 'CREATING', createdAt: ago(3_600) }), taken(2), taken(3)]
    expect(lookAtSchedule(paused, 'AVAILABLE', snapshots, NOW)).toEqual({
      run: { kind: 'NONE' },
      remove: [taken(3).id],
      nextRunAt: null,
      lookAt: new Date('2026-11-22T03:01:30Z'),
    })
  })
})

describe('of the snapshots that are there', () => {
  test('the oldest beyond the count go; those that are not there yet, or no longer, do not count', () => {
    const snapshots = [
      taken(1, { state: 'CREATING' }),
      taken(2, { state: 'MISSING' }),
      taken(3),
      taken(4),
      taken(5),
      taken(6),
    ]
    const { remove } = lookAtSchedule({ ...later, keepCount: 2 }, 'AVAILABLE', snapshots, NOW)
    expect(remove).toEqual([taken(5).id, taken(6).id])
  })

  test('a missing one goes when it would have gone, and no sooner', () => {
    const lost = (n: number) => taken(n, { state: 'MISSING' })
    const removed = (...snapshots: TakenSnapshot[]) =>
      lookAtSchedule({ ...later, keepCount: 2 }, 'AVAILABLE', snapshots, NOW).remove
    expect(removed(lost(1), taken(2), lost(3), taken(4), lost(5))).toEqual([lost(5).id])
    expect(removed(taken(1), lost(2), lost(3))).toEqual([])
  })

  test('one that is being read from stays for now, and is looked at again', () => {
    const used = { ...later, nextRunAt: new Date('2026-11-22T09:00:00Z'), keepCount: 1 }
    const look = lookAtSchedule(used, 'AVAILABLE', [taken(1), taken(2, { isUsed: true }), taken(3)], NOW)
    expect(look).toMatchObject({ remove: [taken(3).id], lookAt: new Date('2026-11-22T03:01:30Z') })
  })
})

const snapshots = fc.array(
  fc.record({
    state: fc.constantFrom('CREATING' as const, 'AVAILABLE' as const, 'MISSING' as const),
    isUsed: fc.boolean(),
  }),
  { maxLength: 12 },
)
const anyNow = fc.date({ min: new Date('2026-11-22'), max: new Date('2027-11-22'), noInvalidDate: true })

describe('always', () => {
  test('the newest of the count stay, and only what is there and unused goes', () => {
    fc.assert(
      fc.property(snapshots, fc.integer({ min: 1, max: 8 }), (parts, keepCount) => {
        const all = parts.map((part, index) => taken(index + 1, part))
        const { remove } = lookAtSchedule({ ...later, keepCount }, 'AVAILABLE', all, NOW)
        const there = all.filter(({ state }) => state === 'AVAILABLE')
        expect(there.slice(0, keepCount).filter(({ id }) => remove.includes(id))).toEqual([])
        const left = there.filter(({ id }) => !remove.includes(id))
        expect(left.length).toBeGreaterThanOrEqual(Math.min(keepCount, there.length))
        for (const id of remove) {
          const gone = all.find((each) => each.id === id)
          expect(gone?.isUsed).toBe(false)
          expect(gone?.state).not.toBe('CREATING')
        }
      }),
    )
  })

  test('looked at as often as one likes, a moment is taken once, and the runs never come in a burst', () => {
    fc.assert(
      fc.property(fc.array(anyNow, { minLength: 1, maxLength: 20 }), (moments) => {
        let nextRunAt: Date | null = new Date('2026-11-22T00:01:00Z')
        const names: string[] = []
        let last: Date | null = null
        for (const now of moments.toSorted((a, b) => a.getTime() - b.getTime())) {
          for (let again = 0; again < 3; again++) {
            const look = lookAtSchedule({ ...schedule, nextRunAt }, 'AVAILABLE', [], now)
            nextRunAt = look.nextRunAt
            if (look.run.kind !== 'TAKE') continue
            expect(again).toBe(0)
            names.push(scheduledSnapshotName('minutely', look.run.dueAt))
            if (last) expect(look.run.dueAt > last).toBe(true)
            last = look.run.dueAt
          }
          expect(nextRunAt && nextRunAt > now).toBe(true)
        }
        expect(new Set(names).size).toBe(names.length)
        expect(names.length).toBeLessThanOrEqual(moments.length)
      }),
    )
  })

  test('whatever the volume does, it is looked at later or never, and what is due is not lost', () => {
    fc.assert(
      fc.property(fc.constantFrom(...VOLUME_STATES), snapshots, (state, parts) => {
        const all = parts.map((part, index) => taken(index + 1, part))
        const { run, lookAt, nextRunAt } = lookAtSchedule(schedule, state, all, NOW)
        if (lookAt) expect(lookAt > NOW).toBe(true)
        if (run.kind === 'WAITING') expect(nextRunAt).toEqual(schedule.nextRunAt)
      }),
    )
  })
})

test('a name follows from the schedule and the moment', () => {
  expect(scheduledSnapshotName('nightly', new Date('2026-11-22T03:00:00.999Z'))).toBe(
    'nightly-20261122T030000Z',
  )
})
