import type { ClusterId, VolumeId } from '@flotilla/core/identity/ids'
import { connectionAfter } from '@flotilla/core/polling/connection-after'
import { type Observation, provisionedShare } from '@flotilla/core/polling/observation'
import { provisionedBytes } from '@flotilla/core/polling/provisioned-bytes'
import type { BackendVolume } from '@flotilla/core/volumes/backend-volume'
import { owedBytes } from '@flotilla/core/volumes/owed-bytes'
import { ownVolumeId } from '@flotilla/core/volumes/own-volume-id'
import type { AppliedObservation } from '@flotilla/prisma/polling/apply-observation'
import type { BegunPoll } from '@flotilla/prisma/polling/begun-poll'
import type { MatchedVolumes } from '@flotilla/prisma/polling/match-volumes'
import type { PollFailure } from '@flotilla/prisma/polling/record-poll-failure'
import { accessOf } from './memory-access.ts'
import type { CapacityRow, ClusterRow, MemoryRecords, VolumeRow } from './memory-records.ts'

export function beginPolls(
  records: MemoryRecords,
  nextInMs: number,
  isWanted: (row: { readonly id: ClusterId; readonly nextPollAtMs: number }) => boolean,
  readsInventory = false,
): readonly BegunPoll[] {
  const { nowMs } = records
  return [...records.clusters.values()].filter(isWanted).map((before) => {
    const pollSequence = before.pollSequence + 1n
    const { inventoryDueAtMs: dueAtMs } = before
    const inventoryDueAtMs = readsInventory ? Math.min(dueAtMs, nowMs) : dueAtMs
    const nextPollAtMs = nowMs + nextInMs
    records.clusters.set(before.id, { ...before, pollSequence, nextPollAtMs, inventoryDueAtMs })
    const capacity = records.capacities.get(before.id)
    const lost = records.volumesOn(before.id).filter(({ state }) => state === 'MISSING')
    const lostBytes = lost.reduce((sum, row) => sum + owedBytes(row), 0n)
    return {
      clusterId: before.id,
      clusterName: before.id,
      driver: 'model',
      openAccess: async () => accessOf(before),
      accessRevision: 1,
      connection: before.connection,
      failures: before.pollFailures,
      acceptedKeyId: null,
      sequence: pollSequence,
      startedAt: new Date(nowMs),
      inventoryDue: inventoryDueAtMs <= nowMs,
      furtherProjects: [],
      last: capacity
        ? { reportedBytes: capacity.reportedBytes, pendingBytes: capacity.pendingBytes - lostBytes }
        : null,
    }
  })
}

/** As the poll store's `holdNext`. */
export function holdNextPoll(records: MemoryRecords, poll: BegunPoll, nextInMs: number): void {
  const cluster = records.cluster(poll.clusterId)
  if (cluster.pollSequence !== poll.sequence) return
  const nextPollAtMs = Math.max(cluster.nextPollAtMs, records.nowMs + nextInMs)
  records.clusters.set(cluster.id, { ...cluster, nextPollAtMs })
}

/** What the other outcomes leave. */
const NOTHING = { leftovers: [], leftoverSnapshots: [], strays: [], seen: null }

export function applyPoll(
  records: MemoryRecords,
  poll: BegunPoll,
  { statistics, inventory, isInventoryOwed }: Observation,
  nextPollInMs: number,
  nextInventoryInMs: number,
): AppliedObservation {
  const cluster = records.cluster(poll.clusterId)
  const before = records.capacities.get(poll.clusterId)
  if (isOvertaken(cluster, poll)) return { outcome: 'STALE', ...NOTHING }
  const endedSequence = poll.sequence
  const identity = statistics.identity.backendId
  if (cluster.backendId !== null && cluster.backendId !== identity) {
    records.clusters.set(cluster.id, { ...cluster, connection: 'QUARANTINED', endedSequence })
    return { outcome: 'FOREIGN_IDENTITY', ...NOTHING }
  }
  const twin = [...records.clusters.values()].some(({ backendId }) => backendId === identity)
  if (cluster.backendId === null && twin) {
    records.clusters.set(cluster.id, { ...cluster, connection: 'QUARANTINED', endedSequence })
    return { outcome: 'DUPLICATE', ...NOTHING }
  }
  const startedAtMs = poll.startedAt.getTime()
  const { inventoryDueAtMs: dueAtMs } = cluster
  const owedAtMs = isInventoryOwed ? Math.min(dueAtMs, startedAtMs) : dueAtMs
  records.clusters.set(cluster.id, {
    ...cluster,
    connection: 'CONNECTED',
    pollFailures: 0,
    endedSequence,
    backendId: identity,
    health: statistics.health,
    nextPollAtMs: startedAtMs + nextPollInMs,
    inventoryDueAtMs: inventory ? startedAtMs + nextInventoryInMs : owedAtMs,
  })
  const figures = {
    effectiveBytes: statistics.effectiveBytes,
    usedBytes: statistics.usedBytes,
    freeBytes: statistics.freeBytes,
    reportedBytes: statistics.provisionedBytes,
    maxReplicas: statistics.maxReplicas,
    observedAtMs: startedAtMs,
    sequence: poll.sequence,
  }
  const committed = { kind: 'POLLED', clusterId: cluster.id, sequence: poll.sequence, startedAtMs } as const
  if (!inventory) {
    if (before) records.capacities.set(cluster.id, { ...before, ...figures })
    records.onCommit(committed)
    return { outcome: 'APPLIED', ...NOTHING }
  }
  const written = writeInventory(records, poll, figures, before, inventory.volumes)
  records.onCommit(committed)
  return { outcome: 'APPLIED', leftoverSnapshots: [], ...written }
}

type Figures = Pick<
  CapacityRow,
  'effectiveBytes' | 'usedBytes' | 'freeBytes' | 'reportedBytes' | 'maxReplicas' | 'observedAtMs' | 'sequence'
>

function writeInventory(
  records: MemoryRecords,
  poll: BegunPoll,
  figures: Figures,
  before: CapacityRow | undefined,
  inventory: readonly BackendVolume[],
): Pick<AppliedObservation, 'leftovers' | 'strays'> & { seen: MatchedVolumes } {
  const { clusterId } = poll
  const present = inventory.filter(({ state }) => state !== 'FAILED')
  const { ours, foreign } = match(records.volumesOn(clusterId), present)
  const leftovers: VolumeId[] = []
  for (const row of records.volumesOn(clusterId)) {
    const after = observe(row, ours.get(row.id), figures.observedAtMs)
    if (after === row) continue
    records.putVolume(after, 'UNCHARGED')
    if (ours.has(row.id) && (row.state === 'DELETED' || row.state === 'FAILED')) leftovers.push(row.id)
  }
  const pendingBytes = records.volumesOn(clusterId).reduce((sum, row) => sum + owedBytes(row), 0n)
  const inventoryBytes = inventory.reduce((sum, volume) => sum + provisionedShare(volume), 0n)
  const counted = provisionedBytes(
    inventoryBytes,
    figures.reportedBytes,
    pendingBytes,
    before?.mismatchedPolls ?? 0,
  )
  const strays = [...ours.keys()].filter((id) => records.volumes.get(id)?.clusterId !== clusterId)
  records.capacities.set(clusterId, {
    ...figures,
    provisionedBytes: counted.bytes,
    mismatchedPolls: counted.mismatchedPolls,
    pendingBytes,
    volumeCount: present.length,
    foreignVolumeCount: present.length - ours.size + strays.length,
  })
  const isAsBefore =
    counted.bytes === before?.provisionedBytes && figures.reportedBytes === before.reportedBytes
  if (inventoryBytes !== figures.reportedBytes && !isAsBefore) {
    const cluster = records.cluster(clusterId)
    records.clusters.set(clusterId, { ...cluster, inventoryDueAtMs: figures.observedAtMs })
  }
  const unexpected = strays.flatMap((id) => ours.get(id) ?? [])
  const expected = new Map([...ours].filter(([id]) => !strays.includes(id)))
  return { leftovers, strays, seen: { ours: expected, foreign: [...foreign, ...unexpected] } }
}

function match(rows: readonly VolumeRow[], present: readonly BackendVolume[]): MatchedVolumes {
  const named = ownVolumeId
  const rowOf = new Map(rows.map((row) => [row.id, row]))
  const isTheirs = (volume: BackendVolume) => {
    const row = rowOf.get(named(volume) as VolumeId)
    if (!row) return false
    if (row.backendId) return row.backendId !== volume.backendId
    return row.createUnknownAtMs === null || row.backendProject !== volume.project
  }
  const known = rows.filter(
    ({ state, backendId }) => state !== 'DELETED' && state !== 'FAILED' && state !== 'CREATING' && backendId,
  )
  const byBackendId = new Map(known.map((row) => [row.backendId, row.id]))
  const ours = new Map<VolumeId, BackendVolume>()
  const foreign: BackendVolume[] = []
  for (const volume of present) {
    const id = byBackendId.get(volume.backendId) ?? (isTheirs(volume) ? null : named(volume))
    if (id) ours.set(id, volume)
    else foreign.push(volume)
  }
  return { ours, foreign }
}

/** What an inventory means for one volume; the same row when nothing. */
function observe(row: VolumeRow, seen: BackendVolume | undefined, startedAtMs: number): VolumeRow {
  const observedAt = new Date(startedAtMs)
  const isAcknowledged = row.acknowledgedAtMs !== null && row.acknowledgedAtMs < startedAtMs
  if (seen) {
    const bytes = provisionedShare(seen)
    const { sizeBytes, state, protection } = seen
    const isSame =
      row.observedBytes === bytes &&
      row.observed?.sizeBytes === sizeBytes &&
      row.observed.state === state &&
      row.state !== 'MISSING'
    if (isSame) return row
    const isLeftover = row.state === 'DELETED' || row.state === 'FAILED'
    return {
      ...row,
      observedBytes: bytes,
      observed: { sizeBytes, state, protection, access: seen.access, foreignSnapshotCount: 0, observedAt },
      state: row.state === 'MISSING' ? 'AVAILABLE' : row.state,
      nextReconcileAtMs: isLeftover ? startedAtMs : row.nextReconcileAtMs,
    }
  }
  const isGone = row.state === 'AVAILABLE' ? isAcknowledged : row.observedBytes > 0n
  if (!isGone) return row
  return {
    ...row,
    observedBytes: 0n,
    observed: null,
    state: row.state === 'AVAILABLE' ? 'MISSING' : row.state,
  }
}

function isOvertaken(cluster: ClusterRow, poll: BegunPoll): boolean {
  return cluster.endedSequence >= poll.sequence
}

export function failPoll(
  records: MemoryRecords,
  poll: BegunPoll,
  failure: PollFailure,
  nextPollInMs: number,
): void {
  const cluster = records.cluster(poll.clusterId)
  if (isOvertaken(cluster, poll)) return
  const { connection, pollFailures: failures } = cluster
  records.clusters.set(cluster.id, {
    ...cluster,
    connection: connectionAfter({ connection, failures }, failure),
    pollFailures: failures + 1,
    endedSequence: poll.sequence,
    nextPollAtMs: poll.startedAt.getTime() + nextPollInMs,
  })
  records.onCommit({ kind: 'POLL_FAILED', clusterId: cluster.id })
}
