import type { ClusterId } from '@flotilla/core/identity/ids'
import {
  type BackendVolumeSpec,
  type ClusterStatistics,
  DriverError,
} from '@flotilla/core/ports/cluster-driver'
import type { BackendVolume } from '@flotilla/core/volumes/backend-volume'
import type { VirtualTime } from './virtual-time.ts'

/** A volume as the cluster knows it. */
export interface HeldVolume extends BackendVolume {
  readonly madeBy: 'US' | 'OTHERS'
}

/** What happened on a cluster, at the instant at which it happened. */
export interface ClusterEvent {
  readonly kind: 'CREATED' | 'RESIZED' | 'CHANGED' | 'DELETING' | 'GONE' | 'FAILED'
  readonly volume: HeldVolume
  readonly by: HeldVolume['madeBy']
  /** Its size before; null when it was not there. */
  readonly formerBytes: bigint | null
}

/** How long its asynchronous states last, in ms. */
export interface ClusterDelays {
  readonly createMs: number
  readonly updateMs: number
  readonly deleteMs: number
}

const NOBODY = { hostNqns: [], addresses: 'ANY' } as const

/** A cluster as the driver's port describes it: names are unique in a project, changes are conditional and take their time. */
export class ModelCluster {
  readonly id: ClusterId
  readonly backendId: string
  readonly effectiveBytes: bigint
  readonly volumes = new Map<string, HeldVolume>()
  /** Whether somebody other than us has made it fuller. */
  isGrownByOthers = false
  /** So many of the next creates end as husks. */
  failNextCreates = 0
  /** Refuses whatever takes space. */
  isFull = false
  /** Added to what it reports. */
  misreportedBytes = 0n
  onEvent: (event: ClusterEvent) => void = () => {}
  readonly #time: VirtualTime
  readonly #delays: ClusterDelays
  #count = 0

  constructor(id: ClusterId, effectiveBytes: bigint, time: VirtualTime, delays: ClusterDelays) {
    this.id = id
    this.backendId = `backend-${id}`
    this.effectiveBytes = effectiveBytes
    this.#time = time
    this.#delays = delays
  }

  provisionedBytes(): bigint {
    let sum = 0n
    for (const each of this.volumes.values()) {
      if (each.state !== 'FAILED') sum += each.sizeBytes * BigInt(each.replicas)
    }
    return sum
  }

  statistics(): ClusterStatistics {
    const provisionedBytes = this.provisionedBytes()
    const usedBytes = provisionedBytes / 20n
    const freeBytes = usedBytes < this.effectiveBytes ? this.effectiveBytes - usedBytes : 0n
    const reported = provisionedBytes + this.misreportedBytes
    return {
      identity: { backendId: this.backendId, name: null, version: '3.1.0', endpoints: [] },
      effectiveBytes: this.effectiveBytes,
      usedBytes,
      freeBytes,
      provisionedBytes: reported > 0n ? reported : 0n,
      maxReplicas: 3,
      health: 'OK',
      healthMessage: null,
      nodes: [],
      dataPath: null,
    }
  }

  find(project: string, name: string): HeldVolume | null {
    let husk: HeldVolume | null = null
    for (const each of this.volumes.values()) {
      if (each.name !== name || each.project !== project) continue
      if (each.state !== 'FAILED') return each
      husk = each
    }
    return husk
  }

  findById(project: string, backendId: string): HeldVolume | null {
    const held = this.#get(backendId)
    return held?.project === project ? held : null
  }

  create(spec: BackendVolumeSpec, by: HeldVolume['madeBy']): HeldVolume {
    const holder = this.find(spec.project, spec.name)
    if (holder && holder.state !== 'FAILED')
      throw new DriverError('REFUSED', 'NAME_TAKEN', 'the name is taken')
    if (this.isFull) throw new DriverError('REFUSED', 'NO_SPACE', 'is full')
    const { name, project, sizeBytes, replicas, compression, qosPolicy, labels } = spec
    const backendId = `${this.backendId}/${++this.#count}`
    const volume: HeldVolume = {
      ...{ name, project, sizeBytes, replicas, compression, qosPolicy, labels, backendId, madeBy: by },
      ...{ state: 'CREATING', protection: 'FullyProtected', access: NOBODY, etag: '1' },
      sourceSnapshotId: spec.sourceSnapshotId,
    }
    this.#put('CREATED', volume, by)
    const fails = this.failNextCreates > 0
    if (fails) this.failNextCreates--
    this.#later(this.#delays.createMs, backendId, 'CREATING', (present) => {
      this.#put(
        fails ? 'FAILED' : 'CHANGED',
        { ...present, state: fails ? 'FAILED' : 'AVAILABLE' },
        present.madeBy,
      )
    })
    return this.#get(backendId) ?? volume
  }

  /** @param etag what it was read with; null for any */
  change(
    backendId: string,
    changes: Partial<Pick<HeldVolume, 'sizeBytes' | 'labels' | 'compression'>>,
    etag: string | null,
    by: HeldVolume['madeBy'],
  ): void {
    const volume = this.#changeable(backendId)
    if (etag !== null && etag !== volume.etag) {
      throw new DriverError('REFUSED', 'PRECONDITION_FAILED', 'was changed meanwhile')
    }
    const { sizeBytes = volume.sizeBytes } = changes
    if (sizeBytes > volume.sizeBytes && this.isFull) throw new DriverError('REFUSED', 'NO_SPACE', 'is full')
    const kind = sizeBytes === volume.sizeBytes ? 'CHANGED' : 'RESIZED'
    this.#put(kind, { ...volume, ...changes, state: 'UPDATING', etag: nextTag(volume) }, by)
    this.#later(this.#delays.updateMs, backendId, 'UPDATING', (present) => {
      this.#put('CHANGED', { ...present, state: 'AVAILABLE' }, by)
    })
  }

  delete(backendId: string, by: HeldVolume['madeBy']): void {
    const present = this.#get(backendId)
    if (!present || present.state === 'DELETING') return
    const volume = this.#changeable(backendId)
    this.#put('DELETING', { ...volume, state: 'DELETING', etag: nextTag(volume) }, by)
    this.#later(this.#delays.deleteMs, backendId, 'DELETING', (gone) => this.vanish(gone.backendId, by))
  }

  /** Gone at once, whatever its state. */
  vanish(backendId: string, by: HeldVolume['madeBy']): void {
    const volume = this.#get(backendId)
    if (!volume) return
    this.volumes.delete(backendId)
    this.onEvent({ kind: 'GONE', volume, by, formerBytes: volume.sizeBytes })
  }

  #get(backendId: string): HeldVolume | undefined {
    return this.volumes.get(backendId)
  }

  #changeable(backendId: string): HeldVolume {
    const volume = this.#get(backendId)
    if (!volume) throw new DriverError('REFUSED', 'NOT_FOUND', 'there is no such volume')
    if (volume.state === 'AVAILABLE') return volume
    if (volume.state === 'CREATING' || volume.state === 'UPDATING') {
      throw new DriverError('UNAVAILABLE', 'BUSY', `is ${volume.state}`)
    }
    throw new DriverError('REFUSED', 'INVALID_ARGUMENT', `is ${volume.state}`)
  }

  #put(kind: ClusterEvent['kind'], volume: HeldVolume, by: HeldVolume['madeBy']): void {
    const formerBytes = this.volumes.get(volume.backendId)?.sizeBytes ?? null
    this.volumes.set(volume.backendId, volume)
    this.onEvent({ kind, volume, by, formerBytes })
  }

  #later(
    ms: number,
    backendId: string,
    state: HeldVolume['state'],
    then: (volume: HeldVolume) => void,
  ): void {
    const finish = () => {
      const present = this.#get(backendId)
      if (present?.state === state) then(present)
    }
    if (ms === 0) finish()
    else this.#time.after(ms, finish)
  }
}

function nextTag({ etag }: HeldVolume): string {
  return String(Number(etag) + 1)
}
