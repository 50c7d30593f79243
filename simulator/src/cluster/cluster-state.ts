import type { Clock } from './clock.ts'
import { type ClusterHealth, ProtectionCounts } from './health.ts'
import { NameIndex } from './name-index.ts'
import { NsidPool } from './nsid-pool.ts'
import type {
  ClusterIdentity,
  ClusterSettings,
  CredentialRecord,
  HistoryActor,
  HistoryEntry,
  HistoryKind,
  NodeRecord,
  ProjectRecord,
  QosPolicyRecord,
  ResourcePolicyRecord,
  SnapshotDeletion,
  SnapshotRecord,
  VolumeRecord,
} from './records.ts'
import { Table, type TableListener } from './table.ts'
import { RunningTotals } from './totals.ts'

/** The records of one cluster by table; what is remembered over a restart is exactly this. */
export interface ClusterRecords {
  volumes: VolumeRecord
  snapshots: SnapshotRecord
  projects: ProjectRecord
  credentials: CredentialRecord
  qosPolicies: QosPolicyRecord
  resourcePolicies: ResourcePolicyRecord
  nodes: NodeRecord
  settings: ClusterSettings
  history: HistoryEntry
  snapshotDeletions: SnapshotDeletion
}

export type TableName = keyof ClusterRecords

/** One record that was put, or removed when `record` is absent. */
export interface Change {
  readonly table: TableName
  readonly key: string
  readonly record?: ClusterRecords[TableName]
}

export interface ClusterStateOptions {
  readonly identity: ClusterIdentity
  readonly settings: ClusterSettings
  readonly clock: Clock
  /** Gives each history entry its place in the order of the whole fleet. */
  readonly nextSequence: () => number
  /** New random identifiers. */
  readonly newUuid: () => string
}

const SETTINGS_KEY = 'settings'

/** Everything that one cluster knows, with the indexes that keep each request cheap. Decides nothing. */
export class ClusterState {
  readonly identity: ClusterIdentity
  readonly clock: Clock
  readonly newUuid: () => string

  readonly volumes = this.#table<VolumeRecord>('volumes', (_key, next, previous) => {
    this.totals.replace(previous, next)
    this.volumeNames.replace(previous, next)
    this.#protection.replace(previous, next)
    this.#trackNsid(previous, next)
    this.#countClone(previous, -1)
    this.#countClone(next, 1)
  })
  readonly snapshots = this.#table<SnapshotRecord>('snapshots', (_key, next, previous) => {
    this.snapshotNames.replace(previous, next)
    this.#trackNsid(previous, next)
  })
  readonly projects = this.#table<ProjectRecord>('projects')
  readonly credentials = this.#table<CredentialRecord>('credentials')
  readonly qosPolicies = this.#table<QosPolicyRecord>('qosPolicies')
  readonly resourcePolicies = this.#table<ResourcePolicyRecord>('resourcePolicies')
  readonly nodes = this.#table<NodeRecord>('nodes', () => {
    const inactive = [...this.nodes.values()].filter((node) => node.state !== 'Active')
    this.inactiveNodes = new Set(inactive.map((node) => node.uuid))
  })
  readonly #settings = this.#table<ClusterSettings>('settings')
  readonly #history = this.#table<HistoryEntry>('history', (_key, entry) => {
    if (entry) this.history.push(entry)
  })
  readonly #snapshotDeletions = this.#table<SnapshotDeletion>('snapshotDeletions')

  readonly totals: RunningTotals
  readonly volumeNames = new NameIndex()
  readonly snapshotNames = new NameIndex()
  readonly nsids = new NsidPool()
  readonly history: HistoryEntry[] = []
  inactiveNodes: ReadonlySet<string> = new Set()
  /** Set by who wants to keep the records; called after each change. */
  onChange: (change: Change) => void = () => {}

  readonly #protection = new ProtectionCounts()
  readonly #clones = new Map<string, number>()
  readonly #nextSequence: () => number

  constructor(options: ClusterStateOptions) {
    this.identity = options.identity
    this.clock = options.clock
    this.newUuid = options.newUuid
    this.#nextSequence = options.nextSequence
    this.totals = new RunningTotals(options.identity.compressionRatio)
    this.#settings.put(SETTINGS_KEY, options.settings)
  }

  get settings(): ClusterSettings {
    const settings = this.#settings.get(SETTINGS_KEY)
    if (!settings) throw new Error('a cluster without settings')
    return settings
  }

  /** Changes the given settings and keeps the others. */
  changeSettings(changes: Partial<ClusterSettings>): void {
    this.#settings.put(SETTINGS_KEY, { ...this.settings, ...changes })
  }

  freePhysicalBytes(): bigint {
    const { effectivePhysicalBytes, extraPhysicalUsedBytes } = this.settings
    const free = effectivePhysicalBytes - extraPhysicalUsedBytes - this.totals.ofCluster().physicalUsedBytes
    return free > 0n ? free : 0n
  }

  /** Replicas that can be honoured now: one per active node, up to what the cluster was built for. */
  currentMaxReplicas(): number {
    const activeNodes = this.nodes.size - this.inactiveNodes.size
    return Math.min(activeNodes, this.settings.supportedMaxReplicas)
  }

  health(): ClusterHealth {
    this.#protection.follow(this.inactiveNodes, this.freePhysicalBytes() === 0n, this.volumes.values())
    return this.#protection.health()
  }

  /** Volumes, in whatever state, that were made from the snapshot and still exist. */
  cloneCount(snapshotUuid: string): number {
    return this.#clones.get(snapshotUuid) ?? 0
  }

  /** Notes that something happened to the volume, now. */
  recordHistory(kind: HistoryKind, volume: VolumeRecord, by: HistoryActor = 'client'): void {
    const sequence = this.#nextSequence()
    this.#history.put(String(sequence), {
      sequence,
      atMs: this.clock.now(),
      kind,
      by,
      volumeUuid: volume.uuid,
      volumeName: volume.name,
      projectName: volume.projectName,
      sizeBytes: volume.sizeBytes,
      replicaCount: volume.replicaCount,
    })
  }

  /** Notes that somebody has the snapshot deleted, now. What its retention ends is in no such note. */
  recordSnapshotDeletion(snapshot: SnapshotRecord, by: HistoryActor = 'client'): void {
    const { uuid, name, sourceVolumeUuid } = snapshot
    const sequence = this.#nextSequence()
    this.#snapshotDeletions.put(String(sequence), {
      sequence,
      atMs: this.clock.now(),
      by,
      snapshotUuid: uuid,
      snapshotName: name,
      volumeUuid: sourceVolumeUuid,
    })
  }

  /** Oldest first. */
  snapshotDeletions(): readonly SnapshotDeletion[] {
    return [...this.#snapshotDeletions.values()]
  }

  /** Every record as the change that would put it; feeding them to `apply` makes the same state again. */
  *records(): Generator<Change> {
    for (const [table, records] of Object.entries(this.#tables())) {
      for (const [key, record] of records.entries()) yield { table: table as TableName, key, record }
    }
  }

  /** Repeats a change that was recorded earlier. */
  apply(change: Change): void {
    // The journal pairs each table's name with its own kind of record.
    const table = this.#tables()[change.table] as Table<unknown>
    if (change.record === undefined) table.delete(change.key)
    else table.put(change.key, change.record)
  }

  #tables(): { [Name in TableName]: Table<ClusterRecords[Name]> } {
    return {
      settings: this.#settings,
      nodes: this.nodes,
      projects: this.projects,
      credentials: this.credentials,
      qosPolicies: this.qosPolicies,
      snapshots: this.snapshots,
      volumes: this.volumes,
      resourcePolicies: this.resourcePolicies,
      history: this.#history,
      snapshotDeletions: this.#snapshotDeletions,
    }
  }

  #table<T extends ClusterRecords[TableName]>(table: TableName, index?: TableListener<T>): Table<T> {
    return new Table<T>((key, record, previous) => {
      index?.(key, record, previous)
      this.onChange(record === undefined ? { table, key } : { table, key, record })
    })
  }

  #trackNsid(
    previous: { readonly nsid: number } | undefined,
    next: { readonly nsid: number } | undefined,
  ): void {
    if (!previous && next) this.nsids.claim(next.nsid)
    if (previous && !next) this.nsids.release(previous.nsid)
  }

  #countClone(volume: VolumeRecord | undefined, step: number): void {
    if (!volume?.sourceSnapshotUuid) return
    const count = this.cloneCount(volume.sourceSnapshotUuid) + step
    if (count === 0) this.#clones.delete(volume.sourceSnapshotUuid)
    else this.#clones.set(volume.sourceSnapshotUuid, count)
  }
}
