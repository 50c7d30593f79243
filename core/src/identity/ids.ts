/** Readable, stable, sortable ids: a prefix that tells the type, then a UUIDv7 in lower case. */
const PREFIXES = {
  Cluster: 'cls',
  Volume: 'vol',
  Snapshot: 'snp',
  SnapshotSchedule: 'sch',
  Host: 'hst',
  Operation: 'op',
  PlacementDecision: 'dec',
  Alert: 'alr',
  Token: 'tok',
  Finding: 'fnd',
} as const

export type IdType = keyof typeof PREFIXES
export type ClusterId = `cls_${string}`
export type VolumeId = `vol_${string}`
export type SnapshotId = `snp_${string}`
export type SnapshotScheduleId = `sch_${string}`
export type HostId = `hst_${string}`
export type OperationId = `op_${string}`
export type DecisionId = `dec_${string}`
export type AlertId = `alr_${string}`
export type TokenId = `tok_${string}`
export type FindingId = `fnd_${string}`

interface IdOf {
  Cluster: ClusterId
  Volume: VolumeId
  Snapshot: SnapshotId
  SnapshotSchedule: SnapshotScheduleId
  Host: HostId
  Operation: OperationId
  PlacementDecision: DecisionId
  Alert: AlertId
  Token: TokenId
  Finding: FindingId
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

export function toId<T extends IdType>(type: T, uuid: string): IdOf[T] {
  return `${PREFIXES[type]}_${uuid}` as IdOf[T]
}

/** The type that an id claims and carries correctly, or `null` when it is malformed. */
export function idType(id: string): IdType | null {
  const separator = id.indexOf('_')
  const type = (Object.keys(PREFIXES) as IdType[]).find((key) => PREFIXES[key] === id.slice(0, separator))
  return type && UUID.test(id.slice(separator + 1)) ? type : null
}

/** The id, if it is a well-formed one of this type. */
export function parseId<T extends IdType>(type: T, id: string): IdOf[T] | null {
  return idType(id) === type ? (id as IdOf[T]) : null
}

export function idExample(type: IdType): string {
  return `${PREFIXES[type]}_01939b6c-7b1e-7c3a-9d52-2f6f0c1a4e77`
}

export function uuidOf(id: string): string {
  return id.slice(id.indexOf('_') + 1)
}

/** Makes ids; a port, so that tests and replays are repeatable. */
export interface IdSource {
  next<T extends IdType>(type: T): IdOf[T]
}
