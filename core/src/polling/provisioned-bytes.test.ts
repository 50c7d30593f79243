import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isMismatchPossible, provisionedBytes } from './provisioned-bytes.ts'

test.each<[name: string, inventory: bigint, reported: bigint, before: number, bytes: bigint, polls: number]>([
  ['both agree', 100n, 100n, 0, 100n, 0],
  ['nothing on either side', 0n, 0n, 0, 0n, 0],
  ['a hundredth apart is tolerated, the inventory counts', 990n, 1000n, 1, 990n, 0],
  ['beyond it for the first time: the inventory counts', 989n, 1000n, 0, 989n, 1],
  ['two polls running: the larger counts, here the reported', 989n, 1000n, 1, 1000n, 2],
  ['two polls running: the larger counts, here the inventory', 1000n, 500n, 1, 1000n, 2],
  ['it goes on counting', 989n, 1000n, 5, 1000n, 6],
  ['once they agree again, it starts anew', 1000n, 1000n, 5, 1000n, 0],
  ['the cluster reports nothing at all', 1000n, 0n, 1, 1000n, 2],
  ['exact beyond 2^53', 2n ** 62n, (2n ** 62n * 100n) / 99n + 2n, 1, (2n ** 62n * 100n) / 99n + 2n, 2],
])('%s', (_name, inventory, reported, before, bytes, mismatchedPolls) => {
  expect(provisionedBytes(inventory, reported, 0n, before)).toEqual({ bytes, mismatchedPolls })
})

test.each<[name: string, reported: bigint, pending: bigint, bytes: bigint, polls: number]>([
  ['all of it', 1500n, 500n, 1000n, 0],
  ['some of it', 1200n, 500n, 1000n, 0],
  ['all of it and more than tolerated: only what is beyond', 1600n, 500n, 1100n, 2],
])('what is pending may be in the report already: %s', (_name, reported, pending, bytes, mismatchedPolls) => {
  expect(provisionedBytes(1000n, reported, pending, 1)).toEqual({ bytes, mismatchedPolls })
})

test('never less than the inventory, and with what is pending never more than the larger of the two', () => {
  const count = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n })
  fc.assert(
    fc.property(count, count, count, fc.nat(5), (inventory, reported, pending, before) => {
      const { bytes } = provisionedBytes(inventory, reported, pending, before)
      expect(bytes >= inventory).toBe(true)
      expect(bytes === inventory || bytes === reported - pending).toBe(true)
    }),
  )
})

test('where no mismatch is possible, what is pending makes no difference', () => {
  const count = fc.bigInt({ min: 0n, max: 2n ** 62n })
  fc.assert(
    fc.property(
      count,
      fc.integer({ min: -20, max: 20 }),
      count,
      fc.nat(3),
      (inventory, permille, pending, before) => {
        const reported = inventory + (inventory * BigInt(permille)) / 1000n
        if (isMismatchPossible(inventory, reported)) return
        const without = provisionedBytes(inventory, reported, 0n, before)
        expect(provisionedBytes(inventory, reported, pending, before)).toEqual(without)
      },
    ),
  )
})
