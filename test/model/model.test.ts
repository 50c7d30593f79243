import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Databases, startDatabases } from '../testkit/databases.ts'
import { runModel } from './run-model.ts'

const RUNS = 5
/** Several times what they take, as some machines are busy. */
const WITHIN_MS = 800_000

let databases: Databases

beforeAll(async () => {
  databases = await startDatabases()
}, 120_000)
afterAll(() => databases?.close())

it('agrees with a model of what may be believed, whatever is done to it', async () => {
  const { runs, failure } = await runModel(databases, {
    runs: RUNS,
    steps: 25,
    seed: 25,
    withinMs: WITHIN_MS,
  })
  expect(failure).toBeNull()
  expect(runs, 'runs that were begun in time').toBe(RUNS)
}, 1_000_000)
