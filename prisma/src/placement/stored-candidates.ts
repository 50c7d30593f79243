import type { Candidate } from '@flotilla/core/placement/candidate'
import type { PlacementPolicy } from '@flotilla/core/policies/policy'
import type { Ratio } from '@flotilla/core/units/ratio'

/** JSON has no exact 64-bit integers: every bigint travels as `{"$n": "123"}`, so that a record replays to the byte. */
export function toStored(value: readonly Candidate[] | PlacementPolicy): string {
  return JSON.stringify(value, (_key, each: unknown) =>
    typeof each === 'bigint' ? { $n: each.toString() } : each,
  )
}

export function storedCandidates(json: unknown): readonly Candidate[] {
  return revive(json) as readonly Candidate[]
}

export function storedPolicy(json: unknown): PlacementPolicy {
  return revive(json) as PlacementPolicy & Record<string, Ratio>
}

function revive(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(revive)
  if (value === null || typeof value !== 'object') return value
  if ('$n' in value) return BigInt(String(value.$n))
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, revive(each)]))
}
