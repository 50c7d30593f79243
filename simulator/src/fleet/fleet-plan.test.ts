import { describe, expect, it } from 'vitest'
import { seededRandom } from '../random.ts'
import { planCapacity, planVolumes } from './fleet-plan.ts'

const TIB = 1n << 40n
const RANGE = { kind: 'range', minBytes: 50n * TIB, maxBytes: 2048n * TIB } as const

describe('plan of a fleet', () => {
  it('draws capacities within the range, the same for the same seed', () => {
    const draw = (seed: number) => {
      const random = seededRandom(seed)
      return Array.from({ length: 200 }, (_, index) => planCapacity(index, RANGE, random))
    }
    for (const bytes of draw(1)) {
      expect(bytes).toBeGreaterThanOrEqual(RANGE.minBytes)
      expect(bytes).toBeLessThanOrEqual(RANGE.maxBytes)
    }
    expect(draw(1)).toEqual(draw(1))
    expect(draw(1)).not.toEqual(draw(2))
  })

  it('deals a list out in turn', () => {
    const list = { kind: 'list', bytes: [TIB, 2n * TIB] } as const
    expect([0, 1, 2].map((index) => planCapacity(index, list, Math.random))).toEqual([TIB, 2n * TIB, TIB])
  })

  it.each([0.1, 0.5, 1.2])('fills a cluster to a provisioned ratio of %s', (prefillRatio) => {
    const volumes = planVolumes(500n * TIB, { prefillRatio }, seededRandom(1))
    const provisioned = volumes.reduce((sum, { sizeBytes }) => sum + sizeBytes * 2n, 0n)
    expect(Number(provisioned) / Number(500n * TIB)).toBeCloseTo(prefillRatio, 2)
  })

  it('makes as many volumes as asked for', () => {
    expect(planVolumes(500n * TIB, { volumesPerCluster: 7 }, seededRandom(1))).toHaveLength(7)
    expect(planVolumes(500n * TIB, {}, seededRandom(1))).toEqual([])
  })
})
