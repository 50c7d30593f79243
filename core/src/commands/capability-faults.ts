import type { DriverCapabilities } from '../clusters/driver-capabilities.ts'
import { InvalidInputError } from '../errors.ts'
import type { SnapshotId, VolumeId } from '../identity/ids.ts'
import type { ClusterStore } from '../ports/cluster-store.ts'

const ABILITIES = {
  SNAPSHOTS: { isHad: ({ snapshots }: DriverCapabilities) => snapshots, lack: 'takes no snapshots' },
  CLONES: { isHad: ({ clones }: DriverCapabilities) => clones, lack: 'makes no clones' },
  QOS: { isHad: ({ qos }: DriverCapabilities) => qos, lack: 'has no QoS policies' },
  HOST_ACCESS: {
    isHad: ({ hostAccess }: DriverCapabilities) => hostAccess !== 'NONE',
    lack: 'does not admit hosts one by one',
  },
} as const

/** What is asked for, and where in the input it is. */
export interface Asked {
  readonly ability: keyof typeof ABILITIES
  /** Below `input`, as `source.volumeId`. */
  readonly field: string
  /** What would be accepted of the field besides, if anything. */
  readonly otherwise?: string
}

/** The same for one volume and for many. */
export const ASKED = {
  snapshot: { ability: 'SNAPSHOTS', field: 'volumeId' },
  restoration: { ability: 'SNAPSHOTS', field: 'id' },
  cascade: { ability: 'SNAPSHOTS', field: 'cascade', otherwise: 'false' },
  qosPolicy: { ability: 'QOS', field: 'qosPolicy', otherwise: 'absent' },
  attachment: { ability: 'HOST_ACCESS', field: 'id' },
} as const satisfies Record<string, Asked>

export interface CapabilityPorts {
  /** Kinds of cluster that may be registered, and what each can do. */
  readonly kinds: ReadonlyMap<string, DriverCapabilities>
  readonly clusters: Pick<ClusterStore, 'kindsOf'>
}

type Held = VolumeId | SnapshotId

/**
 * Why what is asked of volumes or snapshots cannot be, by their ids: the clusters that hold them are of kinds that cannot
 * do it. Of an id or a kind that is unknown nothing is said here. Asks nobody while every kind can.
 */
export async function capabilityFaults(
  { kinds, clusters }: CapabilityPorts,
  ids: readonly Held[],
  { ability, field, otherwise }: Asked,
): Promise<ReadonlyMap<Held, InvalidInputError>> {
  const { isHad, lack } = ABILITIES[ability]
  const able = [...kinds].flatMap(([kind, capabilities]) => (isHad(capabilities) ? [kind] : []))
  if (able.length === kinds.size) return new Map()
  const elsewhere = able.length > 0 ? [`what is on a cluster of kind ${able.join(', ')}`] : []
  const allowed = [...(otherwise ? [otherwise] : []), ...elsewhere].join(', or ') || 'nothing: no kind can'
  const faults = new Map<Held, InvalidInputError>()
  for (const [id, kind] of await clusters.kindsOf(ids)) {
    const capabilities = kinds.get(kind)
    if (!capabilities || isHad(capabilities)) continue
    const message = `${id} is on a cluster of kind "${kind}", which ${lack}`
    faults.set(id, new InvalidInputError([{ path: ['input', ...field.split('.')], message, allowed }]))
  }
  return faults
}
