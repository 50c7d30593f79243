import type { ClusterId } from '@flotilla/core/identity/ids'
import type { Candidate } from '@flotilla/core/placement/candidate'
import { DEFAULT_POLICY } from '@flotilla/core/policies/default-policy'
import type { PlacementPolicy } from '@flotilla/core/policies/policy'

const TIB = 2 ** 40
const SMALLEST_BYTES = 50 * TIB
const LARGEST_BYTES = 2048 * TIB

export const NOW_MS = Date.UTC(2026, 0, 1)

/** Full is full: nothing is promised twice, and what is physically written does not matter. */
export const MODEL_POLICY: PlacementPolicy = {
  ...DEFAULT_POLICY,
  maxProvisionedRatio: { numerator: 1n, denominator: 1n },
  minFreeRatio: { numerator: 0n, denominator: 1n },
}

/** A fleet in memory: plain numbers to scan, and beside them, always equal, what the placer decides on. */
export class ModelFleet {
  readonly capacities: Float64Array
  readonly provisioned: Float64Array
  readonly candidates: readonly Candidate[]
  readonly indexOf: ReadonlyMap<ClusterId, number>
  readonly #figures: { pendingBytes: bigint }[]

  /** Capacities are log-uniform from 50 TiB to 2 PiB; each cluster begins with its ratio of `startRatio`. */
  constructor(clusterCount: number, random: () => number, startRatio: () => number) {
    const sizes = Array.from({ length: clusterCount }, () =>
      Math.round(SMALLEST_BYTES * (LARGEST_BYTES / SMALLEST_BYTES) ** random()),
    )
    this.capacities = Float64Array.from(sizes)
    this.provisioned = Float64Array.from(sizes, (bytes) => Math.round(bytes * startRatio()))
    const figures = sizes.map((bytes, index) => ({
      provisionedBytes: BigInt(this.provisioned[index] ?? 0),
      pendingBytes: 0n,
      effectiveBytes: BigInt(bytes),
      freeBytes: BigInt(bytes) * 4n,
      maxReplicas: 3,
      volumeCount: 0,
      observedAtMs: NOW_MS,
    }))
    this.#figures = figures
    this.candidates = figures.map((each, index) => ({
      clusterId: `cls_${String(index).padStart(36, '0')}`,
      clusterName: `cluster-${index}`,
      adminState: 'ACTIVE',
      connection: 'CONNECTED',
      health: 'OK',
      labels: {},
      joinedAtMs: 0,
      recentBytes: 0n,
      figures: each,
    }))
    this.indexOf = new Map(this.candidates.map((candidate, index) => [candidate.clusterId, index]))
  }

  get size(): number {
    return this.capacities.length
  }

  /** @param bytes negative when a volume is deleted */
  charge(index: number, bytes: number): void {
    this.provisioned[index] = (this.provisioned[index] ?? 0) + bytes
    const figures = this.#figures[index]
    if (figures) figures.pendingBytes += BigInt(bytes)
  }

  ratio(index: number): number {
    return this.projectedRatio(index, 0)
  }

  /** A float, for scans; what is decided is decided exactly. */
  projectedRatio(index: number, bytes: number): number {
    return ((this.provisioned[index] ?? 0) + bytes) / (this.capacities[index] ?? 1)
  }

  hasRoom(index: number, bytes: number): boolean {
    return this.projectedRatio(index, bytes) <= 1
  }
}
