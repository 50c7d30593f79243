import type { HostAccess } from '../hosts/host-access.ts'
import type { ClusterId, FindingId, SnapshotId, VolumeId } from '../identity/ids.ts'

export const FINDING_KINDS = ['FOREIGN', 'MISSING', 'MISSING_SNAPSHOT', 'CHANGED'] as const
/**
 * FOREIGN: a volume on a cluster that is not ours. MISSING: ours, and its cluster has it no more. MISSING_SNAPSHOT: the same of
 * a snapshot of ours. CHANGED: a volume of ours, and changed behind our back.
 */
export type FindingKind = (typeof FINDING_KINDS)[number]

export const FINDING_STATES = ['OPEN', 'IGNORED', 'RESOLVED'] as const
/** IGNORED lasts until a time, then it is OPEN again. RESOLVED: the cause is gone; should it return, the same finding is opened again. */
export type FindingState = (typeof FINDING_STATES)[number]

export const FINDING_ACTIONS = [
  'FOUND',
  'REOPENED',
  'IGNORED',
  'EXPIRED',
  'ADOPTED',
  'REVERTED',
  'RECREATED',
  'FORGOTTEN',
  'RESOLVED',
] as const
export type FindingAction = (typeof FINDING_ACTIONS)[number]

/** Who acts where nobody has asked. */
export const FINDING_ACTOR = 'flotilla'

export interface FindingEntry {
  readonly at: Date
  /** Name of the token, or FINDING_ACTOR. */
  readonly actor: string
  readonly action: FindingAction
  readonly note: string | null
}

/** One view of a volume on its cluster. */
export interface VolumePicture {
  readonly name: string
  readonly project: string
  readonly sizeBytes: bigint
  readonly replicas: number
  readonly compression: boolean
  /** Null for the cluster's default. */
  readonly qosPolicy: string | null
  readonly labels: Readonly<Record<string, string>>
  /** Whom the cluster admits to it; null in a view from before that was kept. */
  readonly access: HostAccess | null
}

/** Something that differs between our records and a cluster. */
export interface Finding {
  readonly id: FindingId
  readonly kind: FindingKind
  readonly state: FindingState
  readonly clusterId: ClusterId
  /** Name of the volume, or of the snapshot, on the cluster. */
  readonly name: string
  /** The cluster's own id of the volume, for a FOREIGN one. */
  readonly backendId: string | null
  /** Ours, or the one that adoption made; of a MISSING_SNAPSHOT the volume that it was taken of. */
  readonly volumeId: VolumeId | null
  /** Of a MISSING_SNAPSHOT only. */
  readonly snapshotId: SnapshotId | null
  /** What our record asks for; null for a FOREIGN one, and for a snapshot. */
  readonly wanted: VolumePicture | null
  /** What we have last written and the cluster has confirmed, in its own words; null where there is nothing. */
  readonly written: VolumePicture | null
  /** What the last inventory saw; null for one that is missing. */
  readonly observed: VolumePicture | null
  readonly ignoredUntil: Date | null
  readonly openedAt: Date
  readonly updatedAt: Date
  readonly resolvedAt: Date | null
  /** Oldest first; the oldest of many are dropped. */
  readonly history: readonly FindingEntry[]
}

export type PictureField = keyof Omit<VolumePicture, 'access'> | keyof HostAccess

/** The fields in which two views differ. */
export function differences(a: VolumePicture, b: VolumePicture): readonly PictureField[] {
  const fields = ['name', 'project', 'sizeBytes', 'replicas', 'compression', 'qosPolicy'] as const
  const labelsOf = ({ labels }: VolumePicture) => JSON.stringify(Object.entries(labels).sort())
  return [
    ...fields.filter((field) => a[field] !== b[field]),
    ...(labelsOf(a) === labelsOf(b) ? [] : (['labels'] as const)),
    ...accessDifferences(a.access, b.access),
  ]
}

function accessDifferences(a: HostAccess | null, b: HostAccess | null): readonly (keyof HostAccess)[] {
  if (!a || !b) return []
  return (['hostNqns', 'addresses'] as const).filter(
    (field) => JSON.stringify(a[field]) !== JSON.stringify(b[field]),
  )
}
