import { newHost } from '../../testkit/hosts.ts'
import { waitUntil } from '../../testkit/wait-until.ts'
import type { Scenario } from '../defect.ts'
import type { Scene } from '../scene.ts'

const RECONCILE = 'workers/src/jobs/volume-reconcile.ts'
const TRANSACTION = 'prisma/src/database/transaction.ts'
const INVENTORY = 'prisma/src/polling/write-inventory.ts'
const DECISIONS = 'prisma/src/placement/write-decisions.ts'
const PRESENT = 'prisma/src/volumes/write-present.ts'
const VOLUMES = 12

/** Creates whose answers or requests get lost, a deletion, a growth, an attachment, somebody's slow transaction, a subscriber who is cut off for a while, and a client who wants a copy of what is another's. */
async function run(scene: Scene): Promise<void> {
  const { stack } = scene
  await scene.follow()
  for (const cluster of stack.fleet.clusters) {
    cluster.faults.set(
      { kind: 'dropAnswer', operations: ['CreateVolume'], times: 2 },
      { kind: 'dropRequest', operations: ['CreateVolume'], probability: 0.3 },
      { kind: 'error', status: 503, operations: ['GetVolume', 'ListVolumes'], times: 1 },
    )
  }
  const [first, second, third] = await Promise.all(
    Array.from({ length: VOLUMES }, (_, number) =>
      scene.create({ name: `lost-${number}`, sizeBytes: '1GiB' }),
    ),
  )
  await changeOneByOne(scene, [first?.volume?.id, second?.volume?.id, third?.volume?.id])
  await commitLate(scene, third?.volume?.id)
  await scene.resumeAfter(() => scene.create({ name: 'unheard', sizeBytes: '1GiB' }))
  await scene.create({ name: 'copy', project: 'another', source: { volumeId: third?.volume?.id } } as never)
}

/** A volume that never comes to be is the checker's business, not ours. */
async function changeOneByOne(scene: Scene, ids: readonly (string | undefined)[]): Promise<void> {
  const isThere = (id: string | undefined) => async () =>
    (await scene.state(id).catch(() => null)) === 'AVAILABLE'
  const there = await Promise.all(
    ids.map((id) =>
      waitUntil('the volume to be there', isThere(id), WITHIN_MS).then(
        () => true,
        () => false,
      ),
    ),
  )
  const [gone, grown, attached] = ids
  if (there[0]) await scene.change('deleteVolume', { id: gone })
  if (there[1]) await scene.change('resizeVolume', { id: grown, sizeBytes: '2GiB' })
  if (there[2])
    await scene.change('attachVolume', { id: attached, hostIds: [(await newHost(scene.stack)).id] })
}

const WITHIN_MS = 15_000

/** An event whose transaction began before others and commits after them. */
async function commitLate(scene: Scene, id: string | undefined): Promise<void> {
  const client = await scene.stack.sql.connect()
  await client.query('BEGIN')
  await client.query(`INSERT INTO event (kind, subject_id) VALUES ('VOLUME_CHANGED', $1)`, [id])
  await scene.create({ name: 'meanwhile', sizeBytes: '1GiB' })
  await new Promise((resolve) => setTimeout(resolve, READ_WITHIN_MS))
  await client.query('COMMIT')
  client.release()
  await scene.create({ name: 'afterwards', sizeBytes: '1GiB' })
}

/** In which a reader that did not wait would have read on. */
const READ_WITHIN_MS = 1_500

export const lostAnswers: Scenario = {
  name: 'creates whose answers are lost, changes, a slow transaction, and another project',
  stack: { fleet: { clusters: 3, seed: 3 }, pollIntervalMs: 500, isWatched: true },
  run,
  defects: [
    {
      rule: 1,
      name: 'a commit of placements is taken for done, and every third one is not',
      says: /was answered with .* which is not in the records/,
      patches: [
        {
          module: TRANSACTION,
          find: `client.query('COMMIT')`,
          replace: `client.query(first && (globalThis.commits = (globalThis.commits ?? 0) + 1) % 3 === 0 ? 'ROLLBACK' : 'COMMIT')`,
        },
      ],
    },
    {
      rule: 2,
      name: 'a create without an answer goes to another cluster at once',
      says: /existed 2 times|without a record or a finding|is AVAILABLE and on .*, /,
      patches: [
        {
          module: RECONCILE,
          find: `    const found = await findOwn(session, lease, attempt)
    if (found) return isAsked(lease, attempt) ? { found } : standsInTheWay(lease)`,
          replace: `    if (error.outcome === 'UNKNOWN') return { outcome: { kind: 'REFUSED', error: toOperationError(error) } }
    const found = null`,
        },
      ],
    },
    {
      rule: 2,
      name: 'each try asks for a volume of another name',
      says: /without a record or a finding|existed 2 times/,
      patches: [
        {
          module: RECONCILE,
          find: '      name,\n      sizeBytes,',
          replace: `      name: name.slice(0, -6) + String(Math.random()).slice(2, 8),\n      sizeBytes,`,
        },
      ],
    },
    {
      rule: 4,
      name: 'an inventory that contains a volume does not take it out of the pending bytes',
      says: /pending/,
      patches: [
        {
          module: INVENTORY,
          find: 'pending_bytes = excluded.pending_bytes',
          replace: 'pending_bytes = capacity.pending_bytes',
        },
      ],
    },
    {
      rule: 5,
      name: 'a decision is stored with another size',
      says: /replays to/,
      patches: [
        {
          module: DECISIONS,
          find: 'size_bytes: request.sizeBytes.toString()',
          replace: 'size_bytes: (request.sizeBytes * 500_000n).toString()',
        },
      ],
    },
    {
      rule: 5,
      name: 'what a batch saw is stored without what was pending',
      says: /replays to/,
      patches: [
        {
          module: DECISIONS,
          find: 'toStoredView(candidates)',
          replace:
            'toStoredView(candidates.map((each) => ({ ...each, figures: each.figures && { ...each.figures, pendingBytes: 0n, provisionedBytes: BigInt(each.clusterName.slice(-1)) << 40n } })))',
        },
      ],
    },
    {
      rule: 8,
      name: 'that a volume is available is told by nobody',
      says: /without an event/,
      patches: [
        {
          module: PRESENT,
          find: 'appendEvents(client, { VOLUME_CHANGED: leases.map(({ volumeId }) => volumeId) })',
          replace: 'Promise.resolve()',
        },
      ],
    },
    {
      rule: 8,
      name: 'an event is appended before the change that it is about is committed',
      says: /without an event/,
      patches: [
        {
          module: PRESENT,
          find: 'appendEvents(client, { VOLUME_CHANGED: leases.map(({ volumeId }) => volumeId) })',
          replace: `import('pg').then(async ({ default: pg }) => {
      const other = new pg.Client({ connectionString: process.env.DATABASE_URL })
      await other.connect()
      await appendEvents(other, { VOLUME_CHANGED: leases.map(({ volumeId }) => volumeId) })
      await other.end()
    })`,
        },
      ],
    },
    {
      rule: 8,
      name: 'a reader does not wait for older transactions',
      says: /never got/,
      patches: [
        {
          module: 'prisma/src/events/event-log.ts',
          find: 'event.transaction < snapshot.xmin AS readable',
          replace: 'true AS readable',
        },
      ],
    },
    {
      rule: 8,
      name: 'who goes on after an event gets that one again',
      says: /got .* after/,
      patches: [
        {
          module: 'server/src/events/event-hub.ts',
          find: 'let delivered = cursor',
          replace: `let delivered = cursor.replace(/\\d+$/, (number) => String(BigInt(number) - 1n))`,
        },
      ],
    },
    {
      rule: 8,
      name: 'who goes on after an event gets what comes from now on',
      says: /never got/,
      patches: [
        {
          module: 'server/src/events/event-hub.ts',
          find: 'log.readAfter(delivered, BATCH_SIZE)',
          replace: 'log.readAfter(joinedAt, BATCH_SIZE)',
        },
      ],
    },
    {
      rule: 11,
      name: 'whose project a source is of is not looked at',
      says: /of another/,
      patches: [
        {
          module: 'core/src/volumes/clone-source.ts',
          find: ` || facts.project !== clone.project`,
          replace: '',
        },
      ],
    },
    {
      rule: 12,
      name: 'what is kept of a cluster has its token in it',
      says: /cluster has the token of .* in plain text/,
      patches: [
        {
          module: 'prisma/src/polling/apply-observation.ts',
          find: '      statistics.identity.version,\n',
          replace:
            "      statistics.identity.version + ' by ' + (await poll.openAccess()).credential.token,\n",
        },
      ],
    },
    {
      rule: 12,
      name: 'a log line says with which token a poll was made',
      says: /log has the token of .* in plain text/,
      patches: [
        {
          module: 'workers/src/jobs/run-poll.ts',
          find: `    log.info({ cluster: poll.clusterName }, 'connected')`,
          replace: `    log.info({ cluster: poll.clusterName, access: await poll.openAccess() }, 'connected')`,
        },
      ],
    },
  ],
}
