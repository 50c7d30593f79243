import { parseArgs } from 'node:util'
import type { ModelOptions } from './run-model.ts'

export const USAGE = `npm run model -- [options]

Does random things to the whole product through its API, and to its clusters and processes behind its back; holds each
answer against a model of what may be believed, and whenever all is quiet the API against the model and the records
against the clusters. Ends with 1 when anything contradicts, and says how to see it again.

  --runs N        runs, each in a project of its own                      (100)
  --steps N       steps of one run, at most                               (40)
  --seed N        the same seed does the same things; a new one each time
  --path TEXT     of the run that is to be repeated, as it was printed
  --replay TEXT   replayPath of its steps, as it was printed
  --minutes N     no further run is begun after so long                   (600)
  --help
`

/** @throws Error with what is wrong and what is allowed */
export function readOptions(args: string[]): ModelOptions | 'help' {
  const { values } = parseArgs({
    args,
    options: {
      runs: { type: 'string', default: '100' },
      steps: { type: 'string', default: '40' },
      seed: { type: 'string', default: `${Date.now() % 2 ** 31}` },
      path: { type: 'string' },
      replay: { type: 'string' },
      minutes: { type: 'string', default: '600' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return 'help'
  return {
    runs: readWhole('runs', values.runs, 1, 1_000_000),
    steps: readWhole('steps', values.steps, 1, 1_000),
    seed: readWhole('seed', values.seed, -(2 ** 31), 2 ** 31),
    withinMs: readWhole('minutes', values.minutes, 1, 10_000) * 60_000,
    path: values.path,
    replayPath: values.replay,
  }
}

function readWhole(name: string, text: string, min: number, max: number): number {
  const value = Number(text)
  if (!/^-?\d+$/.test(text) || value < min || value > max) {
    throw new Error(`--${name}: "${text}" is not allowed; allowed is a whole number, ${min} to ${max}`)
  }
  return value
}
