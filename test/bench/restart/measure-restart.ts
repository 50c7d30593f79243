import type pg from 'pg'
import { createVolume } from '../../testkit/volumes.ts'
import { waitUntil } from '../../testkit/wait-until.ts'
import type { Restarted } from './restarted.ts'

/** Milliseconds since the start; null where nothing was asked. */
export interface Restart {
  readonly server: number
  readonly worker: number
  readonly page: number
  readonly poll: number | null
  readonly volume: number | null
}

const PAGE = `{ fleet { capacity { provisionedRatio observedClusterCount } }
  clusters(first: 50) { totalCount nodes { name capacity { provisionedRatio } } }
  volumes(first: 50) { totalCount nodes { name state cluster { name } } } }`

/** @param volumeName of one that is asked for as soon as the server is ready; null where there are no clusters */
export async function measureRestart(restarted: Restarted, volumeName: string | null): Promise<Restart> {
  await restarted.kill()
  const begunAt = performance.now()
  const at = (work: Promise<unknown>) => work.then(() => performance.now() - begunAt)
  const { server, worker } = restarted.start()
  const [serverAt, workerAt, page, poll, volume] = await Promise.all([
    at(server),
    at(worker),
    at(server.then(() => restarted.api.ask(PAGE))),
    volumeName && at(untilPolled(restarted)),
    volumeName && at(server.then(() => createOne(restarted, volumeName))),
  ])
  return { server: serverAt, worker: workerAt, page, poll: poll || null, volume: volume || null }
}

/** Counted from the first look on at which there is a database: a worker comes up much later. */
async function untilPolled({ sql }: Restarted): Promise<void> {
  let before: bigint | null = null
  await waitUntil('a poll', async () => {
    const polls = await countPolls(sql())
    before ??= polls
    return polls > before
  })
}

async function createOne({ api, sql }: Restarted, name: string): Promise<void> {
  const id = await waitUntil('the volume to be accepted', async () => {
    const { volume } = await createVolume(api, { idempotencyKey: name, name, sizeBytes: '1GiB' })
    return volume?.id
  })
  await waitUntil('the volume to be there', async () => {
    const { rows } = await sql().query(`SELECT 1 FROM volume WHERE id = $1 AND state = 'AVAILABLE'`, [id])
    return rows.length > 0
  })
}

async function countPolls(sql: pg.Pool): Promise<bigint> {
  const { rows } = await sql.query<{ polls: bigint | null }>(
    'SELECT sum(poll_sequence)::bigint AS polls FROM cluster',
  )
  return rows[0]?.polls ?? 0n
}
