export const MODES = ['EXCLUSIVE', 'SHARED'] as const
export type Mode = (typeof MODES)[number]

/** What it is, or will be when all that was asked for is done. */
export type Fate = 'ALIVE' | 'DELETED' | 'FAILED'

/** What somebody who kept every answer may believe of a volume. */
export interface ModelVolume {
  readonly id: string
  readonly cluster: string
  readonly replicas: number
  readonly group: string | null
  /** The snapshot or volume that it was cloned from. */
  readonly sourceId: string | null
  name: string
  labels: Readonly<Record<string, string>>
  sizeBytes: bigint
  /** The least and the most that may count since all was last quiet, by our hand or somebody else's. */
  leastBytes: bigint
  mostBytes: bigint
  fate: Fate
  /** Whether nothing that was asked for can still be under way. */
  isSettled: boolean
  /** Somebody has deleted it behind our back. */
  isMissing: boolean
  /** The size that somebody gave it behind our back, until we give it another. */
  handBytes: bigint | null
  /** Whether that was the last thing that happened to it, so that it has to be reported. */
  isHandFresh: boolean
  /** By number of the host. */
  hosts: ReadonlyMap<number, Mode>
}

export interface ModelSnapshot {
  readonly id: string
  readonly name: string
  readonly volumeId: string
  readonly sizeBytes: bigint
  fate: Fate
  isSettled: boolean
}

export interface ModelCluster {
  readonly name: string
  readonly id: string
  isCordoned: boolean
  /** Volumes that are not ours, by the cluster's id. */
  readonly foreign: Map<string, { readonly name: string; readonly bytes: bigint }>
  /** The least and the most that they may count since all was last quiet. */
  leastForeign: bigint
  mostForeign: bigint
}

/** A request that was accepted, and what it was answered. */
export interface Accepted {
  readonly field: string
  readonly input: Readonly<Record<string, unknown>>
  readonly operationId: string
  readonly subjectId: string
}

/** Everything that is believed; changed by answers, never by looking. */
export interface Model {
  readonly project: string
  readonly hostIds: readonly string[]
  readonly clusters: readonly ModelCluster[]
  readonly limits: { readonly create: bigint; readonly resize: bigint }
  readonly volumes: ModelVolume[]
  readonly snapshots: ModelSnapshot[]
  readonly accepted: Accepted[]
  /** Numbers names and keys. */
  serial: number
}

/** Something was asked of it. */
export function touch(volume: ModelVolume): void {
  volume.isSettled = false
  volume.isHandFresh = false
}

export function clusterOf({ clusters }: Model, name: string): ModelCluster {
  const found = clusters.find((cluster) => cluster.name === name)
  if (!found) throw new Error(`there is no cluster ${name}`)
  return found
}

export function snapshotsOf({ snapshots }: Model, volume: ModelVolume): readonly ModelSnapshot[] {
  return snapshots.filter(({ volumeId }) => volumeId === volume.id)
}

/** Volumes that begin as a copy of this volume or of one of its snapshots. */
export function clonesOf(model: Model, volume: ModelVolume): readonly ModelVolume[] {
  const sources = new Set([volume.id, ...snapshotsOf(model, volume).map(({ id }) => id)])
  return model.volumes.filter(({ sourceId }) => sourceId !== null && sources.has(sourceId))
}

/** The least and the most bytes that a cluster's ledger may count. */
export function promisedBytes(model: Model, { name, leastForeign, mostForeign }: ModelCluster) {
  const bytes = { least: leastForeign, most: mostForeign }
  for (const volume of model.volumes.filter(({ cluster }) => cluster === name)) {
    const { fate, isSettled, isMissing, replicas, leastBytes, mostBytes } = volume
    if (fate === 'ALIVE' && !isMissing) bytes.least += leastBytes * BigInt(replicas)
    if (fate === 'ALIVE' || !isSettled) bytes.most += mostBytes * BigInt(replicas)
  }
  return bytes
}

/** All is quiet, and was found to be as believed: from here on nothing is uncertain. */
export function settle(model: Model): void {
  for (const volume of model.volumes) {
    volume.isSettled = true
    const known = [volume.sizeBytes, ...(volume.handBytes === null ? [] : [volume.handBytes])]
    volume.leastBytes = known.reduce((a, b) => (a < b ? a : b))
    volume.mostBytes = known.reduce((a, b) => (a > b ? a : b))
  }
  for (const snapshot of model.snapshots) snapshot.isSettled = true
  for (const cluster of model.clusters) {
    cluster.leastForeign = cluster.mostForeign = foreignBytes(cluster)
  }
}

export function foreignBytes({ foreign }: ModelCluster): bigint {
  return [...foreign.values()].reduce((sum, { bytes }) => sum + bytes, 0n)
}
