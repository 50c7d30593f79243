import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Databases, startDatabases } from '../testkit/databases.ts'
import { patchedEnv } from '../testkit/patches/source-patch.ts'
import { startRedis } from '../testkit/redis.ts'
import { startStack } from '../testkit/stack.ts'
import { waitForRest } from '../testkit/volumes.ts'
import { checkFleet } from '../verify/check-fleet.ts'
import type { BrokenRule, Defect, Scenario } from './defect.ts'
import { SCENARIOS } from './scenarios.ts'
import { Scene } from './scene.ts'
import { untilQuiet } from './until-quiet.ts'

/** Much, but some machines are busy. */
const TEST_WITHIN_MS = 400_000
/** Some of the scenarios' poll intervals; much more where nothing should be found, on a busy machine. */
const CONVERGE_MS = 3_000
const LONG_CONVERGE_MS = 20_000

let databases: Databases

beforeAll(async () => {
  databases = await startDatabases()
}, 120_000)
afterAll(() => databases?.close())

describe.each(SCENARIOS)('$name', (scenario) => {
  it(
    'is nothing for the checker to complain about while the product is as it is',
    async () => {
      expect(await contradictions(scenario)).toEqual([])
    },
    TEST_WITHIN_MS,
  )

  it.each(scenario.defects)(
    '$rule: $name',
    async (defect) => {
      const found = await contradictions(scenario, defect)
      const told = found.filter((line) =>
        rulesThatTell(defect).some((rule) =>
          line.startsWith(rule === 'always' ? 'always: ' : `rule ${rule}: `),
        ),
      )
      expect(told, found.join('\n')).toContainEqual(expect.stringMatching(defect.says))
    },
    TEST_WITHIN_MS,
  )
})

/** Rule 7 has no figures of its own: after the loss of queues and processes all other rules hold. */
function rulesThatTell({ rule, alsoTellsRule = rule }: Defect): readonly BrokenRule[] {
  return rule === 7 ? [1, 9] : [rule, alsoTellsRule]
}

async function contradictions(scenario: Scenario, defect?: Defect): Promise<readonly string[]> {
  const { env, ...options } = scenario.stack
  const redis = scenario.queue === 'Redis' ? await startRedis({ keepsCommands: true }) : null
  const stack = await startStack({
    ...options,
    keepsAnswers: true,
    ...(redis && { redisUrl: redis.url }),
    env: { ...env, ...patchedEnv(defect?.patches ?? []) },
    connectionString: await databases.create(),
  })
  const scene = new Scene(stack)
  try {
    await scenario.run(scene)
    await (defect ? untilQuiet(stack) : waitForRest(stack))
    const logFiles = [...stack.logFiles, ...(redis?.commandFiles() ?? [])]
    const convergeMs = defect ? CONVERGE_MS : LONG_CONVERGE_MS
    return await checkFleet({ ...stack, logFiles }, await scene.end(), convergeMs)
  } finally {
    await scene.end()
    await stack.close()
    await redis?.stop()
  }
}
