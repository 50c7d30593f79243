import { describe, expect, it } from 'vitest'
import { type CpuProfile, summariseProfile } from './summarise-profile.ts'

const ROOT = 'file:///flotilla/'

const frames = [
  ['(idle)', ''],
  ['(garbage collector)', ''],
  ['(program)', ''],
  ['push', ''],
  ['choose', `${ROOT}core/src/placement/placer.ts`],
  ['', `${ROOT}core/src/placement/charge.ts`],
  ['query', `${ROOT}node_modules/pg/lib/client.js`],
  ['write', `${ROOT}node_modules/@pothos/core/node_modules/@scope/name/index.js`],
  ['writev', 'node:internal/streams/writable'],
] as const

/** Each is looked at when it has begun, and runs for as long as it says until the next look. */
function profileOf(...runs: readonly (readonly [functionName: string, us: number])[]): CpuProfile {
  return {
    startTime: 1_000,
    nodes: frames.map(([functionName, url], id) => ({
      id,
      callFrame: { functionName, url, lineNumber: 11 },
    })),
    samples: runs.map(([name]) => frames.findIndex(([functionName]) => functionName === name)),
    timeDeltas: [0, ...runs.map(([, us]) => us)],
  }
}

describe('the summary of a profile', () => {
  it('adds self time up by package, the longest first, and tells what has no name by its place', () => {
    const profile = profileOf(['choose', 30], ['query', 100], ['', 20], ['choose', 40], ['query', 1])
    expect(summariseProfile(profile, ROOT)).toEqual([
      { name: 'pg', us: 101, functions: [{ name: 'query', us: 101 }] },
      {
        name: 'core',
        us: 90,
        functions: [
          { name: 'choose', us: 70 },
          { name: 'charge.ts:12', us: 20 },
        ],
      },
    ])
  })

  it.each([
    ['(garbage collector)', 'garbage collection'],
    ['(program)', 'native code'],
    ['push', 'V8'],
    ['write', '@scope/name'],
    ['writev', 'Node'],
  ])('%s is of %s', (functionName, name) => {
    expect(summariseProfile(profileOf([functionName, 5]), ROOT)).toMatchObject([{ name, us: 5 }])
  })

  it('leaves out time without work', () => {
    expect(summariseProfile(profileOf(['(idle)', 900]), ROOT)).toEqual([])
  })

  it('leaves out what began before or after what is asked about', () => {
    const profile = profileOf(['query', 10], ['choose', 20], ['push', 30], ['write', 40])
    const times = summariseProfile(profile, ROOT, { fromUs: 1_010, untilUs: 1_030 })
    expect(times.map(({ name, us }) => [name, us])).toEqual([
      ['V8', 30],
      ['core', 20],
    ])
  })
})
