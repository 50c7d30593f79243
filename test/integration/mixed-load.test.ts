import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { followEvents } from '../load/follow-events.ts'
import { keepHistory, writeHistory } from '../load/history-writer.ts'
import { KnownObjects } from '../load/known-objects.ts'
import { LOAD_KINDS } from '../load/load-kinds.ts'
import { makePolicies } from '../load/make-policies.ts'
import { runLoad } from '../load/run-load.ts'
import { untilQuiet } from '../load/until-quiet.ts'
import { clusterNamed } from '../testkit/data-life.ts'
import { runToEnd } from '../testkit/run-to-end.ts'
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

const history = keepHistory()
let folder: string
let stack: Stack

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'flotilla-load-'))
  stack = await startStack({
    isWatched: true,
    keepsAnswers: true,
    fleet: { clusters: 4, seed: 31, volumesPerCluster: 10, delays: { createMs: 50, updateMs: 50 } },
  })
})

afterAll(async () => {
  await stack?.close()
  rmSync(folder, { recursive: true, force: true })
}, 60_000)

/** `npm run verify`, as its users type it. */
function verify(...options: readonly string[]) {
  const { connectionString, fleet, env } = stack
  const home = String(env.FLOTILLA_HOME)
  const there = ['--home', home, '--database', connectionString, '--control', fleet.controlUrl]
  return runToEnd('npm', ['run', '--silent', 'verify', '--', ...there, ...options])
}

it('a load of everything that is asked for leaves nothing that contradicts', async () => {
  for (const cluster of stack.fleet.clusters) for (const name of QOS_POLICIES) cluster.createQosPolicy(name)
  await makePolicies(stack.api)
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

it('npm run verify has nothing to tell of it, and names a volume that is changed behind the records’ back', async () => {
  const file = join(folder, 'history')
  const written = writeHistory(file)
  for (const line of history.lines) written.add(line)
  await written.close()
  const well = await verify('--history', file, '--wait', '60', '--converge', '5')
  expect(well.stderr).not.toContain('rule')
  expect(well.status).toBe(0)
  expect(well.stdout).toMatch(/^\| rule +\| checked \| contradictions \|\n/)
  const [, , ...rules] = well.stdout.trim().split('\n')
  expect(rules.filter((line) => !/\| +\d+ \| +0 \|$/.test(line))).toEqual([])

  // Nobody reads an inventory any more, so that no finding tells of the change.
  await stack.worker.stop()
  const { rows } = await stack.sql.query<{ id: string; backendId: string; cluster: string }>(
    `SELECT volume.id, volume.backend_id AS "backendId", cluster.name AS cluster
     FROM volume JOIN cluster ON cluster.id = cluster_id
     WHERE volume.state = 'AVAILABLE' AND NOT compression AND detached_at IS NULL
       AND NOT EXISTS (SELECT FROM finding WHERE volume_id = volume.id) LIMIT 1`,
  )
  const { id, backendId, cluster } = rows[0] ?? { id: '', backendId: '', cluster: '' }
  clusterNamed(stack, cluster).setVolumeCompression(backendId, true)
  const { status, stdout, stderr } = await verify('--wait', '60', '--converge', '0')
  expect(stderr).toContain(`rule 9: ${id} has compression true, by the other side false\n`)
  expect(stdout).toMatch(/\n\| 9: converged +\| +\d+ \| +[1-9]\d* \|\n/)
  expect(status).toBe(1)
}, 300_000)
