import { expect, test } from 'vitest'
import { createInTurnLoader } from './in-turn-loader.ts'

/** A loader whose batches end when they are told to. */
function held() {
  const begun: { readonly batch: readonly number[]; end(): void; fail(error: Error): void }[] = []
  const loader = createInTurnLoader<number, number>(1, (batch) => {
    const { promise, resolve, reject } = Promise.withResolvers<readonly number[]>()
    begun.push({ batch, end: () => resolve(batch.map((each) => each * 2)), fail: reject })
    return promise
  })
  return { loader, begun }
}

test('what comes together is written together, each with its own answer', async () => {
  const { loader, begun } = held()
  const answers = Promise.all([1, 2, 1].map((each) => loader.load(each)))
  await expect.poll(() => begun.length).toBe(1)
  expect(begun[0]?.batch).toEqual([1, 2, 1])
  begun[0]?.end()
  expect(await answers).toEqual([2, 4, 2])
})

test('what comes while a batch is written waits for its end, and goes together', async () => {
  const { loader, begun } = held()
  const first = loader.load(1)
  await expect.poll(() => begun.length).toBe(1)
  const second = loader.load(2)
  // Later than the second has been gathered: it waits for the first, not for others.
  await new Promise((resolve) => setTimeout(resolve, 20))
  const third = loader.load(3)
  expect(begun.length).toBe(1)
  begun[0]?.end()
  await first
  await expect.poll(() => begun.length).toBe(2)
  expect(begun[1]?.batch).toEqual([2, 3])
  begun[1]?.end()
  expect(await Promise.all([second, third])).toEqual([4, 6])
})

test('what is too much for one batch is written in further ones, one after the other', async () => {
  const { loader, begun } = held()
  const all = Promise.all(Array.from({ length: 600 }, (_, index) => loader.load(index)))
  for (const size of [256, 256, 88]) {
    await expect.poll(() => begun.length).toBe(1)
    const [batch] = begun.splice(0, 1)
    expect(batch?.batch.length).toBe(size)
    batch?.end()
  }
  expect((await all).at(-1)).toBe(1_198)
})

test('a batch that fails fails those that are in it, and the next one is written', async () => {
  const { loader, begun } = held()
  const first = loader.load(1)
  await expect.poll(() => begun.length).toBe(1)
  const second = loader.load(2)
  begun[0]?.fail(new Error('away'))
  await expect(first).rejects.toThrow('away')
  await expect.poll(() => begun.length).toBe(2)
  begun[1]?.end()
  expect(await second).toBe(4)
})
