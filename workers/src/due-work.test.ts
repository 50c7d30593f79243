import type { ClusterId } from '@flotilla/core/identity/ids'
import type { Due } from '@flotilla/core/ports/due'
import { beforeEach, expect, test } from 'vitest'
import { createDueWork, type DueWork } from './due-work.ts'

const [ONE, OTHER] = ['cls_1', 'cls_2'] as ClusterId[] as [ClusterId, ClusterId]

let due: Due<number>[]
let begun: number[]
let errors: string[]
const ends = new Map<number, () => void>()
const tracked: Promise<void>[] = []

let nowMs = 0
let dueWork: DueWork
const sweep = () => dueWork.begin()

beforeEach(() => {
  due = []
  begun = []
  errors = []
  ends.clear()
  tracked.length = 0
  nowMs = 0
  dueWork = createDueWork<number>(
    {
      async take(perCluster, busy) {
        const taken = due.filter(({ clusterId }) => !busy.includes(clusterId)).slice(0, perCluster)
        due = due.filter((one) => !taken.includes(one))
        return taken
      },
      work(id) {
        begun.push(id)
        return id < 0
          ? Promise.reject(new Error(`${id} failed`))
          : new Promise((resolve) => void ends.set(id, resolve))
      },
      onError: ({ message }) => void errors.push(message),
    },
    { track: (work) => void tracked.push(work) },
    { now: () => nowMs },
  )
})

const addDue = (clusterId: ClusterId, from: number, count: number) => {
  for (let id = from; id < from + count; id++) due.push({ id, clusterId })
}

test('of one cluster only some are worked on at once; the next begins when one ends', async () => {
  addDue(ONE, 0, 100)
  await sweep()
  expect(begun).toHaveLength(8)
  ends.get(3)?.()
  await expect.poll(() => begun).toHaveLength(9)
})

test('a cluster that still works gets nothing more, and holds up no other', async () => {
  addDue(ONE, 0, 20)
  await sweep()
  addDue(ONE, 100, 1)
  addDue(OTHER, 200, 1)
  await sweep()
  expect(begun).toContain(200)
  expect(due.map(({ id }) => id)).toEqual([100])
  for (let id = 0; id < 20; id++) {
    await expect.poll(() => ends.has(id)).toBe(true)
    ends.get(id)?.()
  }
  await tracked[0]
  await sweep()
  expect(begun.at(-1)).toBe(100)
})

test('what fails is told, and holds up nothing', async () => {
  addDue(ONE, -20, 20)
  await sweep()
  await Promise.all(tracked)
  expect(errors).toHaveLength(20)
  addDue(ONE, 1, 1)
  await sweep()
  expect(begun.at(-1)).toBe(1)
})

test.each([
  [
    'what has waited for too long',
    () => {
      nowMs = 8_000
    },
  ],
  ['what is left when the process closes', () => dueWork.close()],
])('%s is not begun, and the cluster is free again', async (_what, happen) => {
  addDue(ONE, 0, 20)
  await sweep()
  happen()
  for (let id = 0; id < 8; id++) ends.get(id)?.()
  await tracked[0]
  expect(begun).toHaveLength(8)
  addDue(ONE, 100, 1)
  await sweep()
  expect(due).toEqual([])
})
