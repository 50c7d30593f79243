import { beforeEach, expect, test } from 'vitest'
import { type CallLimit, createCallLimit } from './call-limit.ts'

let limit: CallLimit

beforeEach(() => {
  limit = createCallLimit(2)
})

function gate() {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { wait: () => promise, open: resolve }
}

const done = async () => 'done'
const fail = () => Promise.reject(new Error('on purpose'))

test('N1: so many calls of a cluster at once; the next is put off at once, and not begun', async () => {
  const { wait, open } = gate()
  const running = [limit.run('cls_slow', wait), limit.run('cls_slow', wait)]
  let isBegun = false
  const next = limit.run('cls_slow', async () => {
    isBegun = true
  })
  expect([...running, next].map((run) => run !== null)).toEqual([true, true, false])
  expect(isBegun).toBe(false)
  open()
  await Promise.all(running)
})

test('N1: a cluster whose places are all taken takes none of the others', async () => {
  const { wait, open } = gate()
  const hanging = [limit.run('cls_slow', wait), limit.run('cls_slow', wait)]
  expect(await limit.run('cls_other', done)).toBe('done')
  open()
  await Promise.all(hanging)
})

test('N1: each call that ends gives its own place back, and no more', async () => {
  const [first, second, third] = [gate(), gate(), gate()]
  const runs = [limit.run('cls_slow', first.wait), limit.run('cls_slow', second.wait)]
  first.open()
  await runs[0]
  runs.push(limit.run('cls_slow', third.wait))
  expect(runs[2]).not.toBeNull()
  expect(limit.run('cls_slow', done)).toBeNull()
  second.open()
  third.open()
  await Promise.all(runs)
})

test('N1: places come back from calls that fail, with what they failed of', async () => {
  for (let round = 0; round < 3; round++) {
    await expect(limit.run('cls_slow', fail)).rejects.toThrow('on purpose')
  }
  const { wait, open } = gate()
  const running = [limit.run('cls_slow', wait), limit.run('cls_slow', wait)]
  expect(running).not.toContain(null)
  expect(limit.run('cls_slow', done)).toBeNull()
  open()
  await Promise.all(running)
})
