import { afterAll, beforeAll, expect, it } from 'vitest'
import { followEvents } from '../load/follow-events.ts'
import { keepHistory } from '../load/history-writer.ts'
import { KnownObjects } from '../load/known-objects.ts'
import { LOAD_KINDS } from '../load/load-kinds.ts'
import { makePolicies } from '../load/make-policies.ts'
import { runLoad } from '../load/run-load.ts'
import { untilQuiet } from '../load/until-quiet.ts'
import { type Stack, startStack } from '../testkit/stack.ts'
import { waitForRest } from '../testkit/volumes.ts'
import { checkFleet } from '../verify/check-fleet.ts'

const REQUESTS = 400
const ROUNDS = 4
const QOS_POLICIES = ['load-gold', 'load-silver']
/** Drawn too seldom to be counted on. */
const RARE = [
  ...['update-host', 'delete-host', 'ignore-finding', 'refresh', 'cordon', 'uncordon', 'create-qos'],
  ...[
    'take-qos',
    'label-cluster',
    'renew-credential',
    'start-drain',
    'cancel-drain',
    'recreate',
    'forget',
    'update-schedule',
  ],
  ...['delete-schedule', 'update-policy', 'delete-policy', 'retry-operation', 'bulk-delete'],
]

let stack: Stack

beforeAll(async () => {
  stack = await startStack({
    isWatched: true,
    keepsAnswers: true,
    fleet: { clusters: 4, seed: 31, volumesPerCluster: 10, delays: { createMs: 50, updateMs: 50 } },
  })
})

afterAll(() => stack?.close(), 60_000)

it('a load of everything that is asked for leaves nothing that contradicts', async () => {
  for (const cluster of stack.fleet.clusters) for (const name of QOS_POLICIES) cluster.createQosPolicy(name)
  await makePolicies(stack.api)
  const history = keepHistory()
  const followed = followEvents(stack.apis, history)
  const known = new KnownObjects()
  const asked = new Set<string>()
  const missing = () =>
    LOAD_KINDS.map(({ name }) => name).filter((name) => !asked.has(name) && !RARE.includes(name))
  // What a kind needs, as a restore needs a snapshot, may not be there yet when it is drawn.
  for (let round = 1; missing().length > 0 && round <= ROUNDS; round++) {
    const { outcomes } = await runLoad({
      apis: stack.apis,
      insistMs: 0,
      history,
      count: REQUESTS,
      rate: 0,
      concurrency: 8,
      medianGib: 20,
      sigma: 1,
      seed: 30 + round,
      mix: new Map(LOAD_KINDS.map(({ name, share }) => [name, share])),
      qosPolicies: QOS_POLICIES,
      controlUrl: stack.fleet.controlUrl,
      runName: `mixed-${round}`,
      known,
    })
    expect(Object.keys(outcomes).filter((outcome) => outcome.includes(' failed: '))).toEqual([])
    for (const outcome of Object.keys(outcomes)) asked.add(outcome.split(' ')[0] ?? '')
  }
  await untilQuiet(stack.api, followed, 240_000)
  await waitForRest(stack, 240_000)
  await followed.close()

  expect(missing()).toEqual([])
  expect(await checkFleet(stack, history.lines)).toEqual([])
}, 600_000)
