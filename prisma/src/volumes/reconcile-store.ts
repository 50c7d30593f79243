import type { VolumeId } from '@flotilla/core/identity/ids'
import type { Due } from '@flotilla/core/ports/due'
import type { ReconcileStore } from '@flotilla/core/ports/reconcile-store'
import type DataLoader from 'dataloader'
import { type AccessRow, openAccess } from '../clusters/cluster-access.ts'
import { DOES_ANSWER } from '../clusters/does-answer.ts'
import type { Database } from '../database/connect.ts'
import { createInTurnLoader } from '../database/in-turn-loader.ts'
import { prepared } from '../database/prepared.ts'
import type { PolicyCache } from '../policies/policy-cache.ts'
import type { ServiceKeyStore } from '../secrets/service-key-store.ts'
import type { Vault } from '../secrets/vault.ts'
import { NOT_AT_REST, NOT_LEASED } from './at-rest.ts'
import { leaseVolume, leaseVolumes } from './lease-volumes.ts'
import { replaceVolume } from './replace-volume.ts'
import { settleLease } from './settle-lease.ts'
import { groupOf, isOrdinary, type SettledLease, settleTogether } from './settle-together.ts'

/** Work of this long costs the database one transaction instead of one each; a cluster's own answer takes longer. */
const GATHER_MS = 15

/** How long a volume that was handed to the queue is left alone by the sweep. */
const TAKEN_FOR_SECONDS = 10

/** Asked for again where rows are locked: what another sweep has taken meanwhile is not due any more. */
const IS_DUE = `${NOT_AT_REST} AND volume.next_reconcile_at <= clock_timestamp() AND ${NOT_LEASED}`

const TAKE_DUE = prepared(
  `WITH due AS (
     SELECT id, row_number() OVER (PARTITION BY cluster_id ORDER BY next_reconcile_at) AS position
     FROM volume WHERE ${IS_DUE} AND cluster_id <> ALL ($3)
       AND cluster_id IN (SELECT id FROM cluster WHERE ${DOES_ANSWER})),
   locked AS MATERIALIZED (
     SELECT id, state, observed_bytes, leased_until, cluster_id, next_reconcile_at
     FROM volume WHERE id = ANY (ARRAY(SELECT id FROM due WHERE position <= $1)) FOR UPDATE SKIP LOCKED),
   taken AS MATERIALIZED (SELECT id FROM locked AS volume WHERE ${IS_DUE})
   UPDATE volume SET next_reconcile_at = clock_timestamp() + make_interval(secs => $2)
   FROM taken WHERE volume.id = taken.id
   RETURNING volume.id, volume.cluster_id AS "clusterId"`,
)

export function createReconcileStore(
  database: Database,
  vault: Vault,
  serviceKeys: ServiceKeyStore,
  policies: PolicyCache,
): ReconcileStore {
  const { pool } = database
  const open = (row: AccessRow) => openAccess(vault, serviceKeys, row)
  const leases = createInTurnLoader(GATHER_MS, (ids: readonly VolumeId[]) => leaseVolumes(pool, open, ids))
  /** One for each group: what is settled together is answered together. */
  const settlements = new Map<string, DataLoader<SettledLease, boolean>>()

  const settleGathered = (settled: SettledLease): Promise<boolean> => {
    const group = groupOf(settled)
    const loader = settlements.get(group) ?? createInTurnLoader(GATHER_MS, settleGroup)
    settlements.set(group, loader)
    return loader.load(settled)
  }

  const settleGroup = async (group: readonly SettledLease[]): Promise<boolean[]> => {
    const settled = await settleTogether(database, group)
    return group.map(({ lease }) => settled.has(lease.volumeId))
  }

  return {
    async lease(volumeId) {
      return (await leases.load(volumeId)) ?? leaseVolume(pool, open, volumeId)
    },

    async settle(lease, settlement) {
      const settled = { lease, settlement }
      const isSettled = isOrdinary(settled) && (await settleGathered(settled))
      return isSettled ? 'SETTLED' : settleLease(database, lease, settlement)
    },

    replace: (lease, refusal) => replaceVolume(database, policies, lease, refusal),

    async takeDue(perCluster, busy) {
      const { rows } = await pool.query<Due<VolumeId>>(TAKE_DUE([perCluster, TAKEN_FOR_SECONDS, busy]))
      return rows
    },
  }
}
