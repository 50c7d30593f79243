import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Databases, startDatabases } from '../testkit/databases.ts'
import { patchedEnv } from '../testkit/patches/source-patch.ts'
import { startStack } from '../testkit/stack.ts'
import { waitForRest } from '../testkit/volumes.ts'
import { checkStack } from './check.ts'
import type { Defect, Scenario } from './defect.ts'
import { SCENARIOS } from './scenarios.ts'
import { untilQuiet } from './until-quiet.ts'

let databases: Databases

beforeAll(async () => {
  databases = await startDatabases()
}, 120_000)
afterAll(() => databases?.close())

describe.each(SCENARIOS)('$name', (scenario) => {
  it('is nothing for the checker to complain about while the product is as it is', async () => {
    expect(await contradictions(scenario)).toEqual([])
  }, 240_000)

  it.each(scenario.defects)(
    'rule $rule: $name',
    async (defect) => {
      const found = await contradictions(scenario, defect)
      expect(found).toContainEqual(expect.stringMatching(new RegExp(`^rule ${defect.rule}:`)))
    },
    240_000,
  )
})

async function contradictions(scenario: Scenario, defect?: Defect): Promise<readonly string[]> {
  const { env, ...options } = scenario.stack
  const stack = await startStack({
    ...options,
    env: { ...env, ...patchedEnv(defect?.patches ?? []) },
    connectionString: await databases.create(),
  })
  try {
    await scenario.run(stack)
    await (defect ? untilQuiet(stack) : waitForRest(stack))
    return await checkStack(stack)
  } finally {
    await stack.close()
  }
}
