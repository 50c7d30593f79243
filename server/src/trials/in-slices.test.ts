import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { inSlices } from './in-slices.ts'

/** Work of so many steps of about a millisecond. */
function* work(steps: number): Generator<void, number> {
  for (let step = 0; step < steps; step++) {
    const end = performance.now() + 1
    while (performance.now() < end);
    yield
  }
  return steps
}

test('others are served while long work goes on', async () => {
  let turns = 0
  let isRunning = true
  const others = (async () => {
    while (isRunning) {
      await nextTurn()
      turns++
    }
  })()
  expect(await inSlices(work(100))).toBe(100)
  isRunning = false
  await others
  expect(turns).toBeGreaterThan(5)
})

test('a fault of the work is the answer', async () => {
  const failing = (function* (): Generator<void, never> {
    yield
    throw new Error('broken')
  })()
  await expect(inSlices(failing)).rejects.toThrow('broken')
})
