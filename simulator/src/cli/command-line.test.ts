import { describe, expect, it } from 'vitest'
import { parseCapacity, parseCommandLine, UsageError } from './command-line.ts'

const TIB = 1n << 40n

describe('command line', () => {
  it('has a default for everything', () => {
    expect(parseCommandLine([])).toMatchObject({
      fleet: { port: 0, controlPort: 0, seed: 1, delays: { createMs: 200, updateMs: 200, deleteMs: 200 } },
      writeFile: undefined,
    })
  })

  it('reads every flag', () => {
    const args =
      '--clusters 12 --port 4430 --control-port 4400 --state s --capacity 1TiB --prefill 0.5 --volumes 9'
    const more = '--delay 5 --seed 3 --write f --nodes 4 --compression 1.5 --emit-zeros'
    expect(parseCommandLine(`${args} ${more}`.split(' '))).toEqual({
      fleet: {
        clusters: 12,
        port: 4430,
        controlPort: 4400,
        stateFolder: 's',
        capacity: { kind: 'list', bytes: [TIB] },
        prefillRatio: 0.5,
        volumesPerCluster: 9,
        delays: { createMs: 5, updateMs: 5, deleteMs: 5 },
        seed: 3,
        nodesPerCluster: 4,
        compressionRatio: 1.5,
        emitZeros: true,
      },
      writeFile: 'f',
    })
  })

  it('answers help above all', () => {
    expect(parseCommandLine(['--help'])).toBe('help')
  })

  it.each([
    ['--cluster 3', '--cluster'],
    ['--clusters 0', '--clusters'],
    ['--clusters 1.5', '--clusters'],
    ['--clusters', '--clusters'],
    ['--port 70000', '--port'],
    ['--delay soon', '--delay'],
    ['--capacity 10TB', '--capacity'],
    ['--capacity 2TiB..1TiB', '--capacity'],
    ['--prefill -1', '--prefill'],
    ['stray', 'stray'],
  ])('refuses "%s" and names the culprit', (line, culprit) => {
    const parse = () => parseCommandLine(line.split(' '))
    expect(parse).toThrow(UsageError)
    expect(parse).toThrow(culprit)
  })

  it('reads lists and ranges of capacities', () => {
    expect(parseCapacity('1TiB,2 tib')).toEqual({ kind: 'list', bytes: [TIB, 2n * TIB] })
    expect(parseCapacity('1TiB..2TiB')).toEqual({ kind: 'range', minBytes: TIB, maxBytes: 2n * TIB })
  })
})
