import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Databases, startDatabases } from '../testkit/databases.ts'
import { runModel } from './run-model.ts'

let databases: Databases

beforeAll(async () => {
  databases = await startDatabases()
}, 120_000)
afterAll(() => databases?.close())

it('agrees with a model of what may be believed, whatever is done to it', async () => {
  const { runs, failure } = await runModel(databases, { runs: 12, steps: 25, seed: 25, withinMs: 75_000 })
  expect(failure).toBeNull()
  expect(runs).toBeGreaterThan(0)
}, 400_000)
