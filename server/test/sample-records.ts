import type { Cluster } from '@flotilla/core/clusters/cluster'
import type { ClusterCapacity } from '@flotilla/core/clusters/cluster-capacity'
import { type ClusterId, type IdType, toId } from '@flotilla/core/identity/ids'
import type { Operation } from '@flotilla/core/operations/operation'
import type { PlacementDecision } from '@flotilla/core/placement/placement-decision'
import type { Snapshot } from '@flotilla/core/snapshots/snapshot'
import type { Volume } from '@flotilla/core/volumes/volume'

export const MEASURED_AT = new Date('2026-11-22T08:00:00Z')

/** Ids that read alike in every run: `testId('Cluster', 1)`. */
export function testId<T extends IdType>(type: T, number: number) {
  return toId(type, `01939b6c-7b1e-7c3a-9d52-${String(number).padStart(12, '0')}`)
}

export function aCluster(number: number): Cluster {
  return {
    id: testId('Cluster', number),
    name: `cluster-${number}`,
    driver: 'lightos',
    endpoints: ['https://10.0.0.1:443'],
    tls: { mode: 'SYSTEM' },
    credentialKind: 'TOKEN',
    credentialExpiresAt: null,
    mutedUntil: null,
    labels: { tier: 'fast', site: 'berlin' },
    adminState: 'ACTIVE',
    connection: 'CONNECTED',
    connectionError: null,
    connectionSince: MEASURED_AT,
    health: 'OK',
    healthMessage: null,
    nodes: [{ name: 'node-1', backendId: 'n1', state: 'Active' }],
    backendId: null,
    version: '3.11.1',
    dataPath: null,
    revision: 1,
    createdAt: MEASURED_AT,
    updatedAt: MEASURED_AT,
    detachedAt: null,
  }
}

export function aCapacity(clusterId: ClusterId): ClusterCapacity {
  return {
    clusterId,
    provisionedBytes: 500n,
    pendingBytes: 100n,
    effectiveBytes: 1_000n,
    usedBytes: 250n,
    freeBytes: 750n,
    maxReplicas: 3,
    volumeCount: 2,
    foreignVolumeCount: 1,
    observedAt: MEASURED_AT,
    inventoryAt: MEASURED_AT,
    sequence: 1n,
  }
}

export function aVolume(number: number): Volume {
  return {
    id: testId('Volume', number),
    project: 'default',
    name: `volume-${number}`,
    sizeBytes: 1n << 60n,
    shrinkToBytes: null,
    replicas: 2,
    compression: false,
    qosPolicy: null,
    labels: {},
    state: 'AVAILABLE',
    clusterId: testId('Cluster', 1),
    backendName: `flo-${number}`,
    backendProject: 'default',
    adoptedAt: null,
    backendId: null,
    observed: null,
    decisionId: testId('PlacementDecision', number),
    policyName: 'default',
    policyRevision: 1,
    group: null,
    sourceSnapshotId: null,
    revision: 1,
    generation: 1,
    settledGeneration: 1,
    createdAt: MEASURED_AT,
    updatedAt: MEASURED_AT,
    deletedAt: null,
  }
}

export function aSnapshot(number: number): Snapshot {
  return {
    id: testId('Snapshot', number),
    volumeId: testId('Volume', 1),
    project: 'default',
    name: `snapshot-${number}`,
    labels: {},
    state: 'AVAILABLE',
    clusterId: testId('Cluster', 1),
    backendName: `flo-${number}`,
    backendId: null,
    sizeBytes: 1n << 60n,
    replicas: 2,
    compression: false,
    retentionSeconds: null,
    expiresAt: null,
    madeForId: null,
    scheduleId: null,
    observed: null,
    revision: 1,
    createdAt: MEASURED_AT,
    updatedAt: MEASURED_AT,
    deletedAt: null,
  }
}

export function anOperation(number: number, target: Partial<Operation> = {}): Operation {
  return {
    id: testId('Operation', number),
    kind: 'CREATE_VOLUME',
    state: 'PENDING',
    clusterId: null,
    volumeId: null,
    snapshotId: null,
    hostId: null,
    scheduleId: null,
    policyName: null,
    actor: 'test',
    idempotencyKey: null,
    parentId: null,
    formerId: null,
    progress: null,
    attemptCount: 0,
    attempts: [],
    error: null,
    createdAt: MEASURED_AT,
    startedAt: null,
    finishedAt: null,
    ...target,
  }
}

export function aDecision(number: number): PlacementDecision {
  return {
    id: testId('PlacementDecision', number),
    volumeId: testId('Volume', number),
    sizeBytes: 1n << 60n,
    replicas: 2,
    policyName: 'default',
    policyRevision: 1,
    clusterId: testId('Cluster', 1),
    verdicts: [],
    detailsRemovedAt: null,
    hop: 0,
    decidedAt: MEASURED_AT,
  }
}
