import { DriverError } from '@flotilla/core/ports/cluster-driver'
import { expect, it } from 'vitest'
import { IdentityGuard } from './identity-guard.ts'

const ORIGIN = 'https://10.0.0.1:443'

/** A guard that expects `ours`, with what it asked and levers to pull. */
function guardOfOurs() {
  const world = { nowMs: 0, answer: async () => 'ours', asked: [] as string[] }
  const askIdentity = (origin: string) => {
    world.asked.push(origin)
    return world.answer()
  }
  return { world, guard: new IdentityGuard('ours', askIdentity, () => world.nowMs) }
}

it('asks each origin, and again five minutes later', async () => {
  const { world, guard } = guardOfOurs()
  await guard.admit(ORIGIN)
  await guard.admit('https://10.0.0.2:443')
  world.nowMs = 299_999
  await guard.admit(ORIGIN)
  expect(world.asked).toEqual([ORIGIN, 'https://10.0.0.2:443'])
  world.nowMs = 300_000
  world.answer = async () => 'theirs'
  await expect(guard.admit(ORIGIN)).rejects.toMatchObject({ reason: 'WRONG_CLUSTER' })
})

it('shares one look among concurrent callers, a failed one too', async () => {
  const { world, guard } = guardOfOurs()
  world.answer = async () => 'theirs'
  const looks = await Promise.allSettled([guard.admit(ORIGIN), guard.admit(ORIGIN), guard.admit(ORIGIN)])
  expect(looks.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
  expect(world.asked).toHaveLength(1)
})

it('looks again after a failure and after a lost connection', async () => {
  const { world, guard } = guardOfOurs()
  world.answer = async () => Promise.reject(new DriverError('REFUSED', 'NOT_FOUND', 'x'))
  await expect(guard.admit(ORIGIN)).rejects.toMatchObject({ outcome: 'UNAVAILABLE', reason: 'NOT_FOUND' })
  world.answer = async () => 'ours'
  await guard.admit(ORIGIN)
  guard.forget(ORIGIN)
  await guard.admit(ORIGIN)
  expect(world.asked).toHaveLength(3)
})

it('does not let an older look that failed undo a newer one', async () => {
  const { world, guard } = guardOfOurs()
  const slow = Promise.withResolvers<string>()
  world.answer = () => slow.promise
  const older = guard.admit(ORIGIN)
  guard.forget(ORIGIN)
  world.answer = async () => 'ours'
  await guard.admit(ORIGIN)
  slow.resolve('theirs')
  await expect(older).rejects.toMatchObject({ reason: 'WRONG_CLUSTER' })
  await guard.admit(ORIGIN)
  expect(world.asked).toHaveLength(2)
})
