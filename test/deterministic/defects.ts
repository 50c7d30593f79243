import type { Settlement } from '@flotilla/core/volumes/settlement'
import type { Contradiction } from './checker.ts'
import { writeSettlement } from './memory-leases.ts'
import type { WorkerWorld } from './simulated-worker.ts'

/** A fault put into the world on purpose, to show that the checker finds it. */
export interface Defect {
  readonly name: string
  /** The rules that it breaks; which of them shows first depends on the seed. */
  readonly rules: readonly Contradiction['rule'][]
  readonly alter: Pick<WorkerWorld, 'alterReconciles' | 'alterPolls'>
}

const GIVEN_UP: Settlement = { kind: 'GIVEN_UP', error: { code: 'NO_SPACE', message: 'is full' } }

/** Each has stood in a system of this kind somewhere. */
export const DEFECTS: readonly Defect[] = [
  {
    name: 'a re-placement reserves nothing on the new cluster',
    rules: [4, 3],
    alter: {
      alterReconciles: (store, records) => ({
        ...store,
        async replace(lease, refusal) {
          const outcome = await store.replace(lease, refusal)
          const row = records.volumes.get(lease.volumeId)
          if (outcome === 'REPLACED' && row)
            records.charge(row.clusterId, -row.sizeBytes * BigInt(row.replicas))
          return outcome
        },
      }),
    },
  },
  {
    name: 'placed again after an unknown outcome',
    rules: [2],
    alter: {
      alterReconciles: (store) => ({
        ...store,
        async settle(lease, settlement) {
          if (settlement.kind !== 'POSTPONED' || !settlement.createUnknown)
            return store.settle(lease, settlement)
          const outcome = await store.replace(lease, { code: 'TIMEOUT', message: 'did not answer' })
          return outcome === 'CHANGED' ? store.settle(lease, settlement) : 'SETTLED'
        },
      }),
    },
  },
  {
    name: 'settled without looking at the lease number',
    rules: ['always'],
    alter: {
      alterReconciles: (store, records) => ({
        ...store,
        async settle(lease, settlement) {
          const outcome = await store.settle(lease, settlement)
          const row = records.volumes.get(lease.volumeId)
          if (outcome !== 'LOST' || !row) return outcome
          writeSettlement(records, row, lease, settlement)
          return 'SETTLED'
        },
      }),
    },
  },
  {
    name: 'an older poll writes over a later one',
    rules: [6, 4, 9],
    alter: {
      alterPolls: (store, records) => ({
        ...store,
        apply(poll, ...rest) {
          const cluster = records.clusters.get(poll.clusterId)
          if (cluster) records.clusters.set(poll.clusterId, { ...cluster, endedSequence: 0n })
          return store.apply(poll, ...rest)
        },
      }),
    },
  },
  {
    name: 'given up while a create may still be under way',
    rules: [1, 9, 4],
    alter: {
      alterReconciles: (store) => ({
        ...store,
        settle: (lease, settlement) =>
          store.settle(
            lease,
            settlement.kind === 'POSTPONED' && settlement.createUnknown ? GIVEN_UP : settlement,
          ),
      }),
    },
  },
  {
    name: 'what waits for a cluster that is away is put off for as long as a lease',
    rules: [9],
    alter: {
      alterReconciles: (store) => ({
        ...store,
        settle: (lease, settlement) =>
          store.settle(
            lease,
            settlement.kind === 'POSTPONED' && !lease.clusterAnswers
              ? { ...settlement, delayMs: 30_000 }
              : settlement,
          ),
      }),
    },
  },
  {
    name: 'a failed poll leaves nothing pending',
    rules: [4, 6],
    alter: {
      alterPolls: (store, records) => ({
        ...store,
        async fail(poll, ...rest) {
          const capacity = records.capacities.get(poll.clusterId)
          if (capacity) records.capacities.set(poll.clusterId, { ...capacity, pendingBytes: 0n })
          return store.fail(poll, ...rest)
        },
      }),
    },
  },
]
