import type { Stack } from '../testkit/stack.ts'
import { waitUntil } from '../testkit/wait-until.ts'
import { changeClusters } from './change-clusters.ts'

const ADOPTED_AT_ONCE = 1_000
const FOUND_WITHIN_MS = 1_800_000

const ADOPT = `mutation Adopt($input: AdoptVolumesInput!) { adoptVolumes(input: $input) {
  ... on AdoptVolumesPayload { operation { id } } ... on Error { message } } }`

/**
 * Takes all that the clusters hold under management. Of a large cluster not all is found at once: then it is listed again for the rest.
 *
 * @param count of all volumes there are
 */
export async function adoptAll({ api, sql }: Stack, count: number): Promise<void> {
  const readFound = async () => {
    const { rows } = await sql.query<{ id: string }>(
      `SELECT id FROM finding WHERE kind = 'FOREIGN' AND state = 'OPEN' ORDER BY id LIMIT $1`,
      [ADOPTED_AT_ONCE],
    )
    return rows.length > 0 && rows
  }
  for (let adopted = 0; adopted < count; ) {
    if (!(await readFound())) await changeClusters({ sql }, 'inventory_due_at = clock_timestamp()')
    const found = await waitUntil('further volumes to be found', readFound, FOUND_WITHIN_MS)
    const { adoptVolumes } = await api.ask<{ adoptVolumes: { message?: string } }>(ADOPT, {
      input: { idempotencyKey: `adopt-${adopted}`, items: found.map(({ id }) => ({ findingId: id })) },
    })
    if (adoptVolumes.message) throw new Error(adoptVolumes.message)
    adopted += found.length
  }
}
