import { type Stack, startStack } from '../../testkit/stack.ts'
import { createVolume } from '../../testkit/volumes.ts'
import { waitUntil } from '../../testkit/wait-until.ts'
import { startChild } from '../child.ts'
import type { BenchmarkOptions } from '../options.ts'
import type { FleetMember } from '../polling/fleet-program.ts'
import { registerMembers } from '../register-members.ts'
import { median } from '../statistics.ts'
import type { Table } from '../table.ts'

const VOLUMES_PER_CLUSTER = 100
const POLL_INTERVAL_MS = 10_000
const ADOPTED_AT_ONCE = 1_000
const FOUND_WITHIN_MS = 1_800_000

/** Milliseconds since the start of both processes; null where nothing was asked. */
interface Restart {
  readonly server: number
  readonly worker: number
  readonly page: number
  readonly poll: number | null
  readonly volume: number | null
}

/**
 * Server and worker are killed and started again, on an empty database and on that of a large fleet whose volumes are all under
 * management: when they say that they are ready, when the first page is answered, when the first cluster is polled, and when a volume
 * that is asked for at once is AVAILABLE.
 */
export async function benchRestart(rounds: number, { clusters }: BenchmarkOptions): Promise<Table> {
  const fleet = startChild(new URL('../polling/fleet-program.ts', import.meta.url), [
    String(clusters),
    String(VOLUMES_PER_CLUSTER),
  ])
  const stack = await startStack({
    fleet: { clusters: 0 },
    register: false,
    pollIntervalMs: POLL_INTERVAL_MS,
    env: { LOG_LEVEL: 'warn' },
  })
  try {
    const { members } = await fleet.receive<{ members: FleetMember[] }>('ready')
    const empty = await restarts(rounds, () => restart(stack, null))
    await registerMembers(stack, members)
    await adoptAll(stack, clusters * VOLUMES_PER_CLUSTER)
    const large = await restarts(rounds, (round) => restart(stack, `after-${round}`))
    return [
      ['database', 'server ready', 'worker ready', 'first page', 'first poll', 'a volume AVAILABLE'],
      ['empty', ...cells(empty)],
      [`${clusters} clusters, ${clusters * VOLUMES_PER_CLUSTER} volumes`, ...cells(large)],
    ]
  } finally {
    await stack.close()
    await fleet.stop()
  }
}

async function restarts(
  rounds: number,
  restartOnce: (round: number) => Promise<Restart>,
): Promise<readonly Restart[]> {
  const taken: Restart[] = []
  for (let round = 0; round < rounds; round++) taken.push(await restartOnce(round))
  return taken
}

async function restart(stack: Stack, volumeName: string | null): Promise<Restart> {
  const { server, worker } = stack
  await Promise.all([server.stop('SIGKILL'), worker.stop('SIGKILL')])
  const polledBefore = await countPolls(stack)
  const begunAt = performance.now()
  const at = (work: Promise<unknown>) => work.then(() => performance.now() - begunAt)
  const starting = server.start()
  const polled = waitUntil('a poll', async () => (await countPolls(stack)) > polledBefore)
  const [serverAt, workerAt, page, poll, volume] = await Promise.all([
    at(starting),
    at(worker.start()),
    at(starting.then(() => stack.api.ask(PAGE))),
    volumeName && at(polled),
    volumeName && at(starting.then(() => createOne(stack, volumeName))),
  ])
  polled.catch(() => {})
  return { server: serverAt, worker: workerAt, page, poll: poll || null, volume: volume || null }
}

const PAGE = `{ fleet { capacity { provisionedRatio observedClusterCount } }
  clusters(first: 50) { totalCount nodes { name capacity { provisionedRatio } } }
  volumes(first: 50) { totalCount nodes { name state cluster { name } } } }`

async function createOne({ api, sql }: Stack, name: string): Promise<void> {
  const id = await waitUntil('the volume to be accepted', async () => {
    const { volume } = await createVolume(api, { idempotencyKey: name, name, sizeBytes: '1GiB' })
    return volume?.id
  })
  await waitUntil('the volume to be there', async () => {
    const { rows } = await sql.query(`SELECT 1 FROM volume WHERE id = $1 AND state = 'AVAILABLE'`, [id])
    return rows.length > 0
  })
}

async function countPolls({ sql }: Stack): Promise<bigint> {
  const { rows } = await sql.query<{ polls: bigint | null }>(
    'SELECT sum(poll_sequence)::bigint AS polls FROM cluster',
  )
  return rows[0]?.polls ?? 0n
}

const ADOPT = `mutation Adopt($input: AdoptVolumesInput!) { adoptVolumes(input: $input) {
  ... on AdoptVolumesPayload { operation { id } } ... on Error { message } } }`

/** Takes all that the clusters hold under management. */
async function adoptAll({ api, sql }: Stack, count: number): Promise<void> {
  const readFound = async () => {
    const { rows } = await sql.query<{ id: string }>(
      `SELECT id FROM finding WHERE kind = 'FOREIGN' AND state = 'OPEN' ORDER BY id`,
    )
    return rows
  }
  const found = await waitUntil(
    'all volumes to be found',
    async () => {
      const rows = await readFound()
      return rows.length >= count && rows
    },
    FOUND_WITHIN_MS,
  )
  for (let from = 0; from < found.length; from += ADOPTED_AT_ONCE) {
    const items = found.slice(from, from + ADOPTED_AT_ONCE).map(({ id }) => ({ findingId: id }))
    const { adoptVolumes } = await api.ask<{ adoptVolumes: { message?: string } }>(ADOPT, {
      input: { idempotencyKey: `adopt-${from}`, items },
    })
    if (adoptVolumes.message) throw new Error(adoptVolumes.message)
  }
}

function cells(taken: readonly Restart[]): string[] {
  const fields = ['server', 'worker', 'page', 'poll', 'volume'] as const
  return fields.map((field) => {
    const values = taken.flatMap((each) => each[field] ?? [])
    return values.length === 0 ? '' : `${(median(values) / 1_000).toFixed(2)} s`
  })
}
