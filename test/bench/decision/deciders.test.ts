import { Placer } from '@flotilla/core/placement/placer'
import { expect, test } from 'vitest'
import { MODEL_POLICY, NOW_MS } from '../model-fleet.ts'
import { decidedFleet } from './decided-fleet.ts'
import { DECIDERS, requestOf } from './deciders.ts'

const fleet = decidedFleet(100)

function decide(name: string): unknown {
  const found = DECIDERS.find((each) => each.name === name)
  if (!found) throw new Error(`there is no row "${name}"`)
  return found.decide(fleet, 0)
}

test.each(DECIDERS)('$name: decides', ({ decide: own }) => {
  expect(own(fleet, 0)).not.toBeNull()
})

test('the share cap keeps the newcomer from what it would be given as the emptiest', () => {
  const [newcomer] = fleet.joining
  expect(new Placer(fleet.joining, MODEL_POLICY, NOW_MS).choose(requestOf(64))).toBe(newcomer?.clusterId)
  const last = decide(
    'Placer: 64 winners in turn, each charged, share cap and ramp, one joining, empty window',
  )
  expect(last).not.toBe(newcomer?.clusterId)
})

test('the group is spread, and of the sites without a member a preferred cluster is chosen', () => {
  const chosen = decide('Placer: 1 winner, a group spread and two labels preferred')
  expect(fleet.labelled.find(({ clusterId }) => clusterId === chosen)?.labels).toEqual({
    site: expect.stringMatching(/^site-[5-9]$/),
    tier: 'fast',
  })
})

test('every text of a refusal is read, and there is more of them than of a choice', () => {
  const chosen = Number(decide('placeVolume: the same, and every text read'))
  const refused = Number(decide('placeVolume: refused by all, and every text read'))
  expect(chosen).toBeGreaterThan(100 * fleet.plain.size)
  expect(refused).toBeGreaterThan(chosen)
})
