import type { Stack } from '../testkit/stack.ts'
import { waitUntil } from '../testkit/wait-until.ts'
import { checkFleet } from '../verify/check-fleet.ts'
import { differences } from './differences.ts'
import { type Model, settle } from './model.ts'
import { readPicture } from './read-picture.ts'
import { type Step, step } from './step.ts'

/** Generous, as the machine may be busy, and a restore without an answer waits for two minutes; how soon it has to be is measured elsewhere. */
const QUIET_WITHIN_MS = 270_000

/** Ends what was broken, waits until all is quiet, and holds what is believed, what is shown and what the clusters have against each other. */
export async function becomeQuiet(model: Model, stack: Stack): Promise<void> {
  for (const cluster of stack.fleet.clusters) await cluster.setConnectivity('open')
  if (!stack.worker.isRunning) await stack.worker.start()
  await waitUntil('all work to be done', () => isDone(stack), QUIET_WITHIN_MS)
  let different: readonly string[] = []
  let contradictions: readonly string[] = []
  await waitUntil(
    'the model and the API to agree',
    async () => {
      different = differences(model, await readPicture(stack, model))
      contradictions = different.length === 0 ? await checkFleet(stack, [], 0) : []
      return different.length + contradictions.length === 0
    },
    CONVERGES_WITHIN_MS,
  ).catch((error) => {
    throw new Error([...different, ...contradictions].join('\n'), { cause: error })
  })
  settle(model)
}

/** From when nothing is under way any more; polls have to see the last of it, and be written. */
const CONVERGES_WITHIN_MS = 60_000

/** What is MISSING stays promised, as it may come back. */
async function isDone({ sql, fleet }: Stack): Promise<boolean> {
  const { rows } = await sql.query<{ busy: bigint }>(
    `SELECT (SELECT count(*) FROM volume WHERE state IN ('CREATING', 'RESIZING', 'UPDATING', 'RESTORING', 'DELETING')
             OR (state IN ('DELETED', 'FAILED') AND observed_bytes > 0)
             OR (state = 'AVAILABLE' AND observed_bytes < size_bytes * replicas))
            + (SELECT count(*) FROM snapshot WHERE state IN ('CREATING', 'DELETING'))
            + (SELECT count(*) FROM cluster WHERE connection <> 'CONNECTED') AS busy`,
  )
  if (rows[0]?.busy !== 0n) return false
  const ledger = await sql.query<{ name: string; bytes: bigint }>(
    'SELECT name, provisioned_bytes AS bytes FROM cluster_capacity JOIN cluster ON cluster.id = cluster_id',
  )
  const bytes = new Map(ledger.rows.map((row) => [row.name, row.bytes]))
  return fleet.clusters.every((cluster) => bytes.get(cluster.name) === cluster.provisionedBytes())
}

export const quiet: Step = step('wait until all is quiet', becomeQuiet)
