import type { VolumeId } from '@flotilla/core/identity/ids'
import type { Due } from '@flotilla/core/ports/due'
import type { ReconcileStore } from '@flotilla/core/ports/reconcile-store'
import DataLoader from 'dataloader'
import { type AccessRow, openAccess } from '../clusters/cluster-access.ts'
import { DOES_ANSWER } from '../clusters/does-answer.ts'
import type { Database } from '../database/connect.ts'
import { gathered } from '../database/gathered.ts'
import type { PolicyCache } from '../policies/policy-cache.ts'
import type { ServiceKeyStore } from '../secrets/service-key-store.ts'
import type { Vault } from '../secrets/vault.ts'
import { NOT_AT_REST, NOT_LEASED } from './at-rest.ts'
import { leaseVolume, leaseVolumes } from './lease-volumes.ts'
import { replaceVolume } from './replace-volume.ts'
import { settleLease } from './settle-lease.ts'
import { groupOf, isOrdinary, type SettledLease, settleTogether } from './settle-together.ts'

/** Work of this long costs the database one transaction instead of one each; a cluster's own answer takes longer. */
const GATHERED = gathered(15)

/** How long a volume that was handed to the queue is left alone by the sweep. */
const TAKEN_FOR_SECONDS = 10

/** Asked for again where rows are locked: what another sweep has taken meanwhile is not due any more. */
const IS_DUE = `${NOT_AT_REST} AND volume.next_reconcile_at <= clock_timestamp() AND ${NOT_LEASED}`

export function createReconcileStore(
  database: Database,
  vault: Vault,
  serviceKeys: ServiceKeyStore,
  policies: PolicyCache,
): ReconcileStore {
  const { pool } = database
  const open = (row: AccessRow) => openAccess(vault, serviceKeys, row)
  const leases = new DataLoader((ids: readonly VolumeId[]) => leaseVolumes(pool, open, ids), GATHERED)
  const settlements = new Map<string, DataLoader<SettledLease, boolean>>()

  /** One loader for each group: what a loader has taken together, it answers together. */
  const settleGathered = (settled: SettledLease): Promise<boolean> => {
    const group = groupOf(settled)
    const loader = settlements.get(group) ?? openLoader(settled.settlement.kind === 'ABSENT')
    settlements.set(group, loader)
    return loader.load(settled)
  }

  /** @param inTurn one transaction at a time, and what comes meanwhile together after it: those that wait for a ledger row hold one connection */
  const openLoader = (inTurn: boolean): DataLoader<SettledLease, boolean> => {
    let before: Promise<unknown> = Promise.resolve()
    const schedule = (dispatch: () => void) =>
      GATHERED.batchScheduleFn(inTurn ? () => void before.then(dispatch) : dispatch)
    return new DataLoader(
      async (group: readonly SettledLease[]) => {
        const settling = settleTogether(database, group)
        before = settling.catch(() => {})
        const settled = await settling
        return group.map(({ lease }) => settled.has(lease.volumeId))
      },
      { ...GATHERED, batchScheduleFn: schedule },
    )
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
      const { rows } = await pool.query<Due<VolumeId>>(
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
        [perCluster, TAKEN_FOR_SECONDS, busy],
      )
      return rows
    },
  }
}
