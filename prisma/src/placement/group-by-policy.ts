import type { VolumeId } from '@flotilla/core/identity/ids'
import type { WantedPlacement } from '@flotilla/core/placement/placement-intent'
import { DEFAULT_POLICY_NAME } from '@flotilla/core/policies/stored-policy'
import type pg from 'pg'

/**
 * Parts in the order of their first member. An update belongs to the policy of its volume, which never changes; for a
 * volume that is not there any policy finds the same refusal.
 */
export async function groupByPolicy<T extends { readonly wanted: WantedPlacement }>(
  pool: pg.Pool,
  waiting: readonly T[],
): Promise<ReadonlyMap<string, readonly T[]>> {
  const changing = waiting.flatMap(({ wanted }) => (wanted.kind === 'UPDATE' ? [wanted.volumeId] : []))
  const policies = await readPolicyNames(pool, changing)
  return Map.groupBy(waiting, ({ wanted }) =>
    wanted.kind === 'CREATE' ? wanted.policyName : (policies.get(wanted.volumeId) ?? DEFAULT_POLICY_NAME),
  )
}

async function readPolicyNames(
  pool: pg.Pool,
  ids: readonly VolumeId[],
): Promise<ReadonlyMap<VolumeId, string>> {
  if (ids.length === 0) return new Map()
  const { rows } = await pool.query<{ id: VolumeId; policy_name: string }>(
    'SELECT id, policy_name FROM volume WHERE id = ANY ($1)',
    [ids],
  )
  return new Map(rows.map((row) => [row.id, row.policy_name]))
}
