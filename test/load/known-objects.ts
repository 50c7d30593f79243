import type { SentMutation } from './load-client.ts'

export interface KnownVolume {
  readonly id: string
  sizeGib: bigint
  /** Number of the request that last asked for a change of it. */
  touched: number
}

export interface KnownSnapshot {
  readonly id: string
  readonly volumeId: string
}

const TRIES = 4
const SENT_KEPT = 200

/** What a load has made so far, to ask for more of it. */
export class KnownObjects {
  readonly #volumes: KnownVolume[] = []
  readonly #snapshots: KnownSnapshot[] = []
  readonly #hostIds: string[] = []
  readonly #attached: string[] = []
  readonly #scheduleIds: string[] = []
  readonly #policies: string[] = []
  readonly #sent: SentMutation[] = []
  #touches = 0

  addVolume(id: string, sizeGib: bigint): void {
    this.#volumes.push({ id, sizeGib, touched: ++this.#touches })
  }

  /** One of a few, that nobody has asked for a change of for the longest: most changes take a moment. */
  pickVolume(random: () => number): KnownVolume | null {
    let oldest: KnownVolume | null = null
    for (let attempt = 0; attempt < TRIES; attempt++) {
      const one = pick(this.#volumes, random)
      if (one && (!oldest || one.touched < oldest.touched)) oldest = one
    }
    if (oldest) oldest.touched = ++this.#touches
    return oldest
  }

  dropVolume(id: string): void {
    drop(this.#volumes, (each) => each.id === id)
    drop(this.#attached, (each) => each === id)
  }

  addSnapshot(snapshot: KnownSnapshot): void {
    this.#snapshots.push(snapshot)
  }

  pickSnapshot(random: () => number): KnownSnapshot | null {
    return pick(this.#snapshots, random)
  }

  dropSnapshots(isGone: (snapshot: KnownSnapshot) => boolean): void {
    for (let found = true; found; ) found = drop(this.#snapshots, isGone)
  }

  addHost(id: string): void {
    this.#hostIds.push(id)
  }

  pickHost(random: () => number): string | null {
    return pick(this.#hostIds, random)
  }

  dropHost(id: string): void {
    drop(this.#hostIds, (each) => each === id)
  }

  noteAttached(volumeId: string): void {
    this.#attached.push(volumeId)
  }

  /** A volume that was attached and not detached since. */
  takeAttached(random: () => number): string | null {
    const volumeId = pick(this.#attached, random)
    if (volumeId) drop(this.#attached, (each) => each === volumeId)
    return volumeId
  }

  addSchedule(id: string): void {
    this.#scheduleIds.push(id)
  }

  pickSchedule(random: () => number): string | null {
    return pick(this.#scheduleIds, random)
  }

  dropSchedule(id: string): void {
    drop(this.#scheduleIds, (each) => each === id)
  }

  addPolicy(name: string): void {
    this.#policies.push(name)
  }

  /** Of those that the load has made. */
  pickPolicy(random: () => number): string | null {
    return pick(this.#policies, random)
  }

  dropPolicy(name: string): void {
    drop(this.#policies, (each) => each === name)
  }

  /** Of the newest, for repetitions. */
  noteSent(mutation: SentMutation): void {
    this.#sent.push(mutation)
    if (this.#sent.length > SENT_KEPT) this.#sent.shift()
  }

  pickSent(random: () => number): SentMutation | null {
    return pick(this.#sent, random)
  }
}

function pick<T>(list: readonly T[], random: () => number): T | null {
  return list[Math.floor(random() * list.length)] ?? null
}

/** Whether there was one. */
function drop<T>(list: T[], isIt: (item: T) => boolean): boolean {
  const index = list.findIndex(isIt)
  if (index < 0) return false
  list[index] = list.at(-1) as T
  list.pop()
  return true
}
