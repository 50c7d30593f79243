import type { Cluster } from '@flotilla/core/clusters/cluster'
import type { ClusterCapacity } from '@flotilla/core/clusters/cluster-capacity'
import { NotFoundError } from '@flotilla/core/errors'
import type { Operation } from '@flotilla/core/operations/operation'
import type { PlacementDecision } from '@flotilla/core/placement/placement-decision'
import { summarizePlacement } from '@flotilla/core/placement/placement-summary'
import type { FleetCommands } from '@flotilla/core/ports/fleet-commands'
import type { FleetMoves } from '@flotilla/core/ports/fleet-moves'
import type { FleetReader } from '@flotilla/core/ports/fleet-reader'
import type { Page, PageRequest } from '@flotilla/core/ports/page'
import type { PlacementTrials } from '@flotilla/core/ports/placement-trials'
import type { PolicyReader } from '@flotilla/core/ports/policy-store'
import type { Snapshot } from '@flotilla/core/snapshots/snapshot'
import type { Volume } from '@flotilla/core/volumes/volume'
import { aPolicy } from './a-policy.ts'
import { findingCommands, noFindings } from './memory-findings.ts'
import { createMemoryHistory } from './memory-history.ts'
import { noHostCommands, noHosts } from './memory-hosts.ts'
import { noFacts, operationCommands } from './memory-operations.ts'
import { noScheduleCommands, noSchedules } from './memory-schedules.ts'
import { createMemoryTrials } from './memory-trials.ts'
import {
  aCluster,
  aDecision,
  anOperation,
  aSnapshot,
  aVolume,
  MEASURED_AT,
  testId,
} from './sample-records.ts'

const aCredential = {
  keyId: 'key-1',
  publicKeyPem: '-----BEGIN PUBLIC KEY-----',
  createdAt: MEASURED_AT,
  former: null,
}

/** A fleet in memory: the ports' behaviour without a database. Lists take no conditions; the tests look at `asked`. */
export interface MemoryFleet {
  readonly reader: FleetReader
  readonly commands: FleetCommands
  /** The default policy, and no other. */
  readonly policies: PolicyReader
  /** On a fleet without clusters and without a past. */
  readonly trials: PlacementTrials
  readonly moves: FleetMoves
  readonly clusters: Map<string, Cluster>
  readonly capacities: Map<string, ClusterCapacity>
  readonly volumes: Map<string, Volume>
  readonly snapshots: Map<string, Snapshot>
  readonly operations: Map<string, Operation>
  readonly decisions: Map<string, PlacementDecision>
  /** Every call that reached a port, in order. */
  readonly asked: { method: string; input: unknown }[]
  /** What the next command throws. */
  failNext(error: Error): void
}

export function createMemoryFleet(): MemoryFleet {
  const clusters = new Map<string, Cluster>()
  const capacities = new Map<string, ClusterCapacity>()
  const volumes = new Map<string, Volume>()
  const snapshots = new Map<string, Snapshot>()
  const operations = new Map<string, Operation>()
  const decisions = new Map<string, PlacementDecision>()
  const asked: { method: string; input: unknown }[] = []
  let failure: Error | null = null

  function note(method: string, input: unknown): void {
    asked.push({ method, input })
    if (!failure) return
    const error = failure
    failure = null
    throw error
  }

  const byIds = <T>(method: string, items: Map<string, T>) => {
    return async (ids: readonly string[]) => {
      note(method, ids)
      return ids.map((id) => items.get(id) ?? null)
    }
  }

  const list = <T extends { id: string }>(method: string, items: Map<string, T>) => {
    return async (where: unknown, page: PageRequest<string>): Promise<Page<T>> => {
      note(method, { where, page })
      const all = [...items.values()]
      const start = page.after ? all.findIndex(({ id }) => id === page.after) + 1 : 0
      const shown = all.slice(start, start + page.first)
      return {
        items: shown,
        cursors: shown.map(({ id }) => id),
        hasNextPage: start + page.first < all.length,
        totalCount: all.length,
      }
    }
  }

  const present = <T>(items: Map<string, T>, id: string): T => {
    const item = items.get(id)
    if (!item) throw new NotFoundError(`there is no ${id}`, ['input', 'id'])
    return item
  }

  const reader: FleetReader = {
    async fleetTotals() {
      note('fleetTotals', null)
      const figures = [...capacities.values()]
      const sum = (read: (capacity: ClusterCapacity) => bigint) =>
        figures.length > 0 ? figures.reduce((total, capacity) => total + read(capacity), 0n) : null
      return {
        clusterCount: clusters.size,
        connectedClusterCount: clusters.size,
        observedClusterCount: figures.length,
        volumeCount: volumes.size,
        provisionedBytes: sum(({ provisionedBytes }) => provisionedBytes),
        pendingBytes: sum(({ pendingBytes }) => pendingBytes),
        effectiveBytes: sum(({ effectiveBytes }) => effectiveBytes),
        usedBytes: sum(({ usedBytes }) => usedBytes),
        freeBytes: sum(({ freeBytes }) => freeBytes),
        oldestObservedAt: figures[0]?.observedAt ?? null,
      }
    },
    clustersByIds: byIds('clustersByIds', clusters),
    capacitiesByClusterIds: byIds('capacitiesByClusterIds', capacities),
    drainsByClusterIds: async (ids) => ids.map(() => null),
    allClusters: async () => [...clusters.values()],
    listClusters: list('listClusters', clusters),
    ...createMemoryHistory(note),
    volumesByIds: byIds('volumesByIds', volumes),
    listVolumes: list('listVolumes', volumes),
    operationsByIds: byIds('operationsByIds', operations),
    operationFactsByIds: async (ids) => ids.map(noFacts),
    latestOperationsByVolumeIds: async (ids) =>
      ids.map((id) => [...operations.values()].find(({ volumeId }) => volumeId === id) ?? null),
    latestOperationsBySnapshotIds: async (ids) => ids.map(() => null),
    snapshotsByIds: byIds('snapshotsByIds', snapshots),
    listSnapshots: list('listSnapshots', snapshots),
    ...noHosts,
    ...noSchedules,
    ...noFindings,
    listOperations: list('listOperations', operations),
    decisionsByIds: byIds('decisionsByIds', decisions),
    hopsByDecisionIds: async (ids) => ids.map(() => []),
  }

  const commands: FleetCommands = {
    ...noHostCommands,
    async registerCluster(input) {
      note('registerCluster', input)
      const cluster = { ...aCluster(clusters.size + 1), name: input.name }
      clusters.set(cluster.id, cluster)
      return { cluster, operation: anOperation(1, { clusterId: cluster.id }) }
    },
    async updateCluster(input) {
      note('updateCluster', input)
      return { cluster: present(clusters, input.id), operation: anOperation(10, { clusterId: input.id }) }
    },
    async detachCluster(input) {
      note('detachCluster', input)
      return { cluster: present(clusters, input.id), operation: anOperation(2, { clusterId: input.id }) }
    },
    async refreshCluster(input) {
      note('refreshCluster', input)
      return { cluster: present(clusters, input.id), operation: anOperation(3, { clusterId: input.id }) }
    },
    async previewPlacement(policy, requests) {
      note('previewPlacement', { policy, requests })
      const { verdicts } = aDecision(1)
      return {
        decidedAt: new Date(0),
        policyName: 'default',
        policyRevision: 1,
        placements: requests.map(({ sizeBytes = 0n, replicas = 2 }) => ({
          sizeBytes,
          replicas,
          outcome: { verdicts, clusterId: null, summary: summarizePlacement(verdicts) },
        })),
      }
    },
    async createVolume(input) {
      note('createVolume', input)
      const volume = { ...aVolume(volumes.size + 1), name: input.name, sizeBytes: input.sizeBytes ?? 0n }
      const decision = aDecision(volumes.size + 1)
      volumes.set(volume.id, volume)
      decisions.set(decision.id, decision)
      return { volume, decision, operation: anOperation(4, { volumeId: volume.id }) }
    },
    async updateVolume(input) {
      note('updateVolume', input)
      return { volume: present(volumes, input.id), operation: anOperation(5, { volumeId: input.id }) }
    },
    async restoreVolume(input) {
      note('restoreVolume', input)
      return { volume: present(volumes, input.id), operation: anOperation(9, { volumeId: input.id }) }
    },
    async deleteVolume(input) {
      note('deleteVolume', input)
      return { volume: present(volumes, input.id), operation: anOperation(6, { volumeId: input.id }) }
    },
    ...operationCommands(note),
    ...noScheduleCommands,
    ...findingCommands(note),
    async createSnapshot(input) {
      note('createSnapshot', input)
      const snapshot = { ...aSnapshot(snapshots.size + 1), name: input.name }
      snapshots.set(snapshot.id, snapshot)
      return { snapshot, operation: anOperation(7, { snapshotId: snapshot.id }) }
    },
    async deleteSnapshot(input) {
      note('deleteSnapshot', input)
      return { snapshot: present(snapshots, input.id), operation: anOperation(8, { snapshotId: input.id }) }
    },
    async createPolicy(input) {
      note('createPolicy', input)
      return { policy: aPolicy(), operation: anOperation(13, { kind: 'CREATE_POLICY' }) }
    },
    async updatePolicy(input) {
      note('updatePolicy', input)
      return { policy: aPolicy(), operation: anOperation(14, { kind: 'UPDATE_POLICY' }) }
    },
    async setShadowPolicy(input) {
      note('setShadowPolicy', input)
      return { policy: aPolicy(), operation: anOperation(9, { kind: 'SET_SHADOW_POLICY' }) }
    },
    async deletePolicy(input) {
      note('deletePolicy', input)
      return { name: input.name, operation: anOperation(10, { kind: 'DELETE_POLICY' }) }
    },
    async serviceCredential() {
      note('serviceCredential', null)
      return aCredential
    },
    async rotateServiceKey(input) {
      note('rotateServiceKey', input)
      return { serviceCredential: aCredential, operation: anOperation(11, { kind: 'ROTATE_SERVICE_KEY' }) }
    },
    async retireServiceKey(input) {
      note('retireServiceKey', input)
      return { serviceCredential: aCredential, operation: anOperation(12, { kind: 'RETIRE_SERVICE_KEY' }) }
    },
  }

  const policies: PolicyReader = {
    listPolicies: async () => [aPolicy()],
    policiesByNames: async (names) => names.map((name) => (name === 'default' ? aPolicy() : null)),
    policyRevision: async (name, revision) => (name === 'default' && revision === 1 ? aPolicy() : null),
    policyRevisions: async () => [aPolicy()],
    shadowsByPolicies: async (names) => names.map(() => null),
    shadowDifferences: async () => [],
    volumeCountsByPolicies: async (names) => names.map(() => volumes.size),
  }

  const { trials, moves } = createMemoryTrials({
    policies,
    nowMs: MEASURED_AT.getTime(),
    ids: { next: (type) => testId(type, 1) },
    drained: (id) => ({ cluster: present(clusters, id), operation: anOperation(9, { clusterId: id }) }),
  })

  return {
    reader,
    commands,
    policies,
    trials,
    moves,
    clusters,
    capacities,
    volumes,
    snapshots,
    operations,
    decisions,
    asked,
    failNext(error) {
      failure = error
    },
  }
}
