import type { Stack } from '../testkit/stack.ts'
import { waitForRest } from '../testkit/volumes.ts'
import { waitUntil } from '../testkit/wait-until.ts'

/** Longer than any retry of the worker, so that what has not moved for so long moves no more. */
const UNMOVED_MS = 7_000
const GLANCE_MS = 300

/** Waits until all is at rest; or until nothing moves any more, as a defect may keep it from ever coming to rest. */
export async function untilQuiet(stack: Stack): Promise<void> {
  let seen = ''
  let since = performance.now()
  await waitUntil(
    'nothing to move any more',
    async () => {
      if (await isAtRest(stack)) return true
      const present = await positionOf(stack)
      if (present !== seen) {
        seen = present
        since = performance.now()
      }
      return performance.now() - since > UNMOVED_MS
    },
    60_000,
  )
}

function isAtRest(stack: Stack): Promise<boolean> {
  return waitForRest(stack, GLANCE_MS).then(
    () => true,
    () => false,
  )
}

async function positionOf({ sql, fleet }: Stack): Promise<string> {
  const { rows } = await sql.query<{ position: string }>(
    `SELECT md5(coalesce((SELECT string_agg(id || state || size_bytes || observed_bytes, ',' ORDER BY id) FROM volume), '')
            || coalesce((SELECT string_agg(id || state, ',' ORDER BY id) FROM snapshot), '')
            || coalesce((SELECT string_agg(cluster_id || provisioned_bytes || ' ' || pending_bytes, ',' ORDER BY cluster_id)
                         FROM cluster_capacity), '')) AS position`,
  )
  return `${rows[0]?.position} ${fleet.clusters.map((cluster) => cluster.history().length)}`
}
