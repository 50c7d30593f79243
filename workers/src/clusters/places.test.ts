import { expect, test } from 'vitest'
import { createPlaces } from './places.ts'
import { createPollPlaces } from './poll-places.ts'

function gate() {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { wait: () => promise, open: resolve }
}
const turn = () => new Promise(setImmediate)

test('so many run at once; others in the order in which they came', async () => {
  const places = createPlaces(2)
  const begun: number[] = []
  const gates = [1, 2, 3, 4].map(gate)
  const runs = gates.map(({ wait }, index) =>
    places.run(() => {
      begun.push(index)
      return wait()
    }),
  )
  await turn()
  expect(begun).toEqual([0, 1])
  gates[1]?.open()
  await turn()
  expect(begun).toEqual([0, 1, 2])
  for (const { open } of gates) open()
  await Promise.all(runs)
  expect(begun).toEqual([0, 1, 2, 3])
})

test('work that fails gives its place back', async () => {
  const places = createPlaces(1)
  await expect(places.run(() => Promise.reject(new Error('on purpose')))).rejects.toThrow('on purpose')
  expect(await places.run(async () => 'next')).toBe('next')
})

test('however many clusters hang, those that answer have places', async () => {
  const places = createPollPlaces()
  const { wait, open } = gate()
  const hanging = Array.from({ length: 1_000 }, () => places.of(1).polls.run(wait))
  expect(await places.of(0).polls.run(async () => 'asked')).toBe('asked')
  open()
  await Promise.all(hanging)
})
