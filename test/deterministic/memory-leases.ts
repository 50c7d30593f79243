import type { ClusterId, VolumeId } from '@flotilla/core/identity/ids'
import type { OperationError } from '@flotilla/core/operations/operation'
import { givenUpError } from '@flotilla/core/placement/given-up-error'
import { mayHop, nextHop } from '@flotilla/core/placement/next-hop'
import type { Due } from '@flotilla/core/ports/due'
import type { ReplaceOutcome, SettleOutcome } from '@flotilla/core/ports/reconcile-store'
import type { VolumeLease } from '@flotilla/core/ports/volume-lease'
import type { BackendVolume } from '@flotilla/core/volumes/backend-volume'
import { LATE_CREATE_MS } from '@flotilla/core/volumes/late-create'
import { settleVolume } from '@flotilla/core/volumes/settle-volume'
import type { Settlement } from '@flotilla/core/volumes/settlement'
import type { VolumeState } from '@flotilla/core/volumes/volume'
import { accessOf } from './memory-access.ts'
import { chargeAll } from './memory-charges.ts'
import { readGroups, readView } from './memory-placement.ts'
import type { MemoryRecords, VolumeRow } from './memory-records.ts'

/** As the stores have them. */
const LEASE_MS = 30_000
const TAKEN_FOR_MS = 10_000
const CHANGING: readonly VolumeState[] = ['RESIZING', 'UPDATING', 'RESTORING']

function isAtRest({ state, observedBytes }: VolumeRow): boolean {
  switch (state) {
    case 'CREATING':
    case 'RESIZING':
    case 'UPDATING':
    case 'RESTORING':
    case 'DELETING':
      return false
    case 'DELETED':
    case 'FAILED':
      return observedBytes === 0n
    case 'AVAILABLE':
    case 'MISSING':
    case 'RELEASED':
      return true
  }
}

/** None is watched for being lost again and again here. */
function doesAnswer(records: MemoryRecords, clusterId: ClusterId): boolean {
  return records.cluster(clusterId).connection === 'CONNECTED'
}

function isLeased({ leasedUntilMs }: VolumeRow, nowMs: number): boolean {
  return leasedUntilMs !== null && leasedUntilMs >= nowMs
}

export function lease(records: MemoryRecords, id: VolumeId): VolumeLease | null {
  const { nowMs } = records
  const row = records.volumes.get(id)
  if (!row || isAtRest(row) || isLeased(row, nowMs)) return null
  const leased: VolumeRow = {
    ...row,
    leaseNumber: row.leaseNumber + 1n,
    leasedUntilMs: nowMs + LEASE_MS,
    createUnknownAtMs: row.state === 'CREATING' ? nowMs : row.createUnknownAtMs,
    changeAskedAtMs: CHANGING.includes(row.state) ? nowMs : null,
  }
  records.putVolume(leased, 'UNCHARGED')
  records.changeOperations(id, () => ({ state: 'RUNNING' }))
  records.onCommit({ kind: 'LEASED', volumeId: id, wasLeasedUntilMs: row.leasedUntilMs })
  const cluster = records.cluster(row.clusterId)
  return {
    volumeId: id,
    leaseNumber: leased.leaseNumber,
    leasedAt: new Date(nowMs),
    state: row.state,
    sizeBytes: row.sizeBytes,
    shrinkToBytes: row.shrinkToBytes,
    writtenSizeBytes: row.writtenSizeBytes,
    formerProperties: row.formerProperties,
    wantedAccess: null,
    restoreBackendId: null,
    source: null,
    replicas: row.replicas,
    compression: row.compression,
    qosPolicy: row.qosPolicy,
    labels: row.labels,
    ownBackendName: row.backendName,
    backendProject: row.backendProject,
    backendId: row.state === 'CREATING' ? null : row.backendId,
    createUnknownAt: row.createUnknownAtMs === null ? null : new Date(row.createUnknownAtMs),
    changeAskedAt: row.changeAskedAtMs === null ? null : new Date(row.changeAskedAtMs),
    changeTaken: row.changeTaken,
    restoreUnknownAt: null,
    clusterId: row.clusterId,
    driver: 'model',
    clusterAnswers: doesAnswer(records, row.clusterId),
    openAccess: async () => accessOf(cluster),
  }
}

export function settle(records: MemoryRecords, lease: VolumeLease, settlement: Settlement): SettleOutcome {
  const row = records.volumes.get(lease.volumeId)
  if (row?.leaseNumber !== lease.leaseNumber) return 'LOST'
  if (row.state !== lease.state || row.sizeBytes !== lease.sizeBytes) {
    records.putVolume({ ...row, leasedUntilMs: null, nextReconcileAtMs: records.nowMs }, 'UNCHARGED')
    return 'CHANGED'
  }
  writeSettlement(records, row, lease, settlement)
  return 'SETTLED'
}

/** What a settlement comes to; whoever calls it has the lease. */
export function writeSettlement(
  records: MemoryRecords,
  row: VolumeRow,
  lease: VolumeLease,
  settlement: Settlement,
): void {
  const { nowMs } = records
  const { volumeId, leaseNumber } = lease
  if (settlement.kind === 'POSTPONED') {
    const unknownAtMs = lease.createUnknownAt?.getTime() ?? null
    const askedAtMs = lease.changeAskedAt?.getTime() ?? null
    const postponed = {
      ...row,
      leasedUntilMs: null,
      nextReconcileAtMs: nowMs + Math.round(settlement.delayMs),
      createUnknownAtMs: settlement.createUnknown ? row.createUnknownAtMs : unknownAtMs,
      changeAskedAtMs: settlement.changeAsked ? row.changeAskedAtMs : askedAtMs,
      changeTaken: row.changeTaken || settlement.changeTaken === true,
    }
    records.putVolume(postponed, 'UNCHARGED')
    if (settlement.error) noteAttempt(records, volumeId)
  } else {
    const settled: VolumeRow = {
      ...settleVolume(row, settlement),
      leasedUntilMs: null,
      createUnknownAtMs: unknownAfter(row, lease, settlement),
      changeAskedAtMs: null,
      changeTaken: false,
      writtenSizeBytes: writtenAfter(row, lease, settlement),
    }
    records.putVolume(withObservation(records, settled, lease, settlement), 'CHARGED')
    const error = 'error' in settlement ? settlement.error : null
    records.changeOperations(volumeId, ({ attemptCount }) => ({
      state: error ? 'FAILED' : 'SUCCEEDED',
      attemptCount: attemptCount + 1,
      error,
    }))
  }
  records.onCommit({ kind: 'SETTLED', volumeId, leaseNumber, settlement: settlement.kind })
}

function unknownAfter(row: VolumeRow, lease: VolumeLease, settlement: Settlement): number | null {
  const isAsBefore =
    settlement.kind === 'GIVEN_UP' ||
    (shownBackend(lease, settlement) !== null && !('createUnknown' in settlement && settlement.createUnknown))
  return isAsBefore ? (lease.createUnknownAt?.getTime() ?? null) : row.createUnknownAtMs
}

function writtenAfter(
  { writtenSizeBytes }: VolumeRow,
  lease: VolumeLease,
  settlement: Settlement,
): bigint | null {
  const backend = shownBackend(lease, settlement)
  if (backend && lease.state === 'CREATING') return backend.sizeBytes
  return backend && lease.state === 'RESIZING' ? (lease.shrinkToBytes ?? lease.sizeBytes) : writtenSizeBytes
}

/** What its cluster has of a volume that is as wanted, or that was made without what its cluster refused besides. */
function shownBackend({ state }: VolumeLease, settlement: Settlement): BackendVolume | null {
  const isShown =
    settlement.kind === 'PRESENT' || (settlement.kind === 'CHANGE_REFUSED' && state === 'CREATING')
  return isShown ? settlement.backend : null
}

function withObservation(
  { nowMs }: MemoryRecords,
  settled: VolumeRow,
  lease: VolumeLease,
  settlement: Exclude<Settlement, { kind: 'POSTPONED' }>,
): VolumeRow {
  const backend = shownBackend(lease, settlement)
  if (backend) {
    const { backendId, sizeBytes, state, protection, access } = backend
    const observed = {
      sizeBytes,
      state,
      protection,
      access,
      foreignSnapshotCount: 0,
      observedAt: new Date(nowMs),
    }
    return { ...settled, backendId, acknowledgedAtMs: nowMs, observed }
  }
  switch (settlement.kind) {
    case 'ABSENT': {
      const { createUnknownAtMs } = settled
      const mayComeAgain = createUnknownAtMs !== null && createUnknownAtMs > nowMs - LATE_CREATE_MS
      return { ...settled, observed: null, backendId: mayComeAgain ? null : settled.backendId }
    }
    case 'GIVEN_UP':
      return { ...settled, observed: null }
    case 'PRESENT':
    case 'VANISHED':
    case 'CHANGE_REFUSED':
      return settled
  }
}

function noteAttempt(records: MemoryRecords, volumeId: VolumeId): void {
  records.changeOperations(volumeId, ({ attemptCount }) => ({ attemptCount: attemptCount + 1 }))
}

/**
 * The two halves of a re-placement: what is read under the placement lock, and what is written; polls may come in between.
 * The second answers null when new figures do not allow what was decided, and both have to be run again.
 */
export function beginReplace(
  records: MemoryRecords,
  lease: VolumeLease,
  refusal: OperationError,
): () => ReplaceOutcome | null {
  const view = readView(records)
  return () => {
    const row = records.volumes.get(lease.volumeId)
    if (row?.leaseNumber !== lease.leaseNumber || row.state !== 'CREATING') {
      if (row?.leaseNumber === lease.leaseNumber)
        records.putVolume({ ...row, leasedUntilMs: null }, 'UNCHARGED')
      return 'CHANGED'
    }
    const hops = records.decisionsOf(lease.volumeId, row.decisionId)
    const last = hops.at(-1)
    if (!last) throw new Error(`${lease.volumeId} has no decision`)
    const { excludedClusterIds, pinnedTo, group } = last.request
    const refused = {
      decisionId: row.decisionId,
      hop: last.decision.hop,
      excludedClusterIds,
      pinnedTo,
      group,
    }
    const giveUp = () => {
      const settlement = { kind: 'GIVEN_UP', error: givenUpError(refusal, refused) } as const
      return settle(records, lease, settlement) === 'SETTLED' ? 'NOWHERE' : 'CHANGED'
    }
    if (!mayHop(refused)) return giveUp()
    const groups = readGroups(records, group === null ? [] : [group], lease.volumeId)
    const hop = nextHop(lease, refused, records.policy, { ...view, groups })
    const { clusterId } = hop.decision
    const batch = { ...view, groups, policy: records.policy, decided: [hop] }
    if (!clusterId) {
      const outcome = giveUp()
      if (outcome === 'CHANGED') return outcome
      records.batches.push(batch)
      records.onCommit({ kind: 'REPLACED', batch, volumeId: lease.volumeId })
      return outcome
    }
    if (!chargeAll(records, view.sequences, batch.decided)) return null
    records.batches.push(batch)
    moveVolume(records, row, clusterId)
    noteAttempt(records, lease.volumeId)
    records.onCommit({ kind: 'REPLACED', batch, volumeId: lease.volumeId })
    return 'REPLACED'
  }
}

function moveVolume(records: MemoryRecords, row: VolumeRow, clusterId: ClusterId): void {
  // The former cluster's share goes, the new one's has been charged with the decision.
  records.putVolume({ ...row, state: 'FAILED' }, 'CHARGED')
  const moved: VolumeRow = {
    ...row,
    clusterId,
    policyRevision: records.policy.revision,
    leaseNumber: row.leaseNumber + 1n,
    leasedUntilMs: null,
    createUnknownAtMs: null,
    backendId: null,
    observedBytes: 0n,
    nextReconcileAtMs: records.nowMs,
    revision: row.revision + 1,
  }
  records.putVolume(moved, 'UNCHARGED')
}

export function takeDue(
  records: MemoryRecords,
  perCluster: number,
  busy: readonly ClusterId[],
): readonly Due<VolumeId>[] {
  const { nowMs } = records
  const taken = new Map<ClusterId, number>()
  const due = [...records.volumes.values()]
    .filter(
      (row) =>
        !isAtRest(row) &&
        !busy.includes(row.clusterId) &&
        row.nextReconcileAtMs <= nowMs &&
        !isLeased(row, nowMs) &&
        doesAnswer(records, row.clusterId),
    )
    .sort((a, b) => a.nextReconcileAtMs - b.nextReconcileAtMs)
  return due.flatMap((row) => {
    const count = taken.get(row.clusterId) ?? 0
    if (count >= perCluster) return []
    taken.set(row.clusterId, count + 1)
    records.putVolume({ ...row, nextReconcileAtMs: nowMs + TAKEN_FOR_MS }, 'UNCHARGED')
    return [{ id: row.id, clusterId: row.clusterId }]
  })
}
