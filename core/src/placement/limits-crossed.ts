import type { ClusterId } from '../identity/ids.ts'
import type { PlacementPolicy } from '../policies/policy.ts'
import type { Candidate } from './candidate.ts'
import type { Charge } from './charge.ts'
import { promisedHeadroom } from './filters/has-promised-headroom.ts'
import { writtenHeadroom } from './filters/has-written-headroom.ts'
import { type PlacementRequest, requestedBytes } from './placement-request.ts'
import type { FilterName } from './verdict.ts'

/** A limit that a cluster reaches as it fills; PROMISED_RESIZE is that of the volumes that are there already. */
export type FillLimit = Extract<FilterName, 'PROMISED' | 'WRITTEN' | 'VOLUME_COUNT'> | 'PROMISED_RESIZE'

export interface CrossedLimit {
  readonly clusterId: ClusterId
  readonly limit: FillLimit
}

/** The policy's limits that the cluster is past already, before any request. */
export function limitsCrossed(
  { clusterId, figures }: Candidate,
  policy: PlacementPolicy,
): readonly CrossedLimit[] {
  if (!figures) return []
  const { maxVolumesPerCluster } = policy
  const limits: readonly [FillLimit, boolean][] = [
    ['PROMISED', promisedHeadroom(figures, policy.maxProvisionedRatio) < 0n],
    ['PROMISED_RESIZE', promisedHeadroom(figures, policy.maxProvisionedRatioForResize) < 0n],
    ['WRITTEN', (writtenHeadroom(figures, policy) ?? 0n) < 0n],
    ['VOLUME_COUNT', maxVolumesPerCluster !== null && figures.volumeCount > maxVolumesPerCluster],
  ]
  return limits.flatMap(([limit, isCrossed]) => (isCrossed ? [{ clusterId, limit }] : []))
}

interface Room {
  promised: bigint
  written: bigint | null
  volumes: number | null
}

/** Follows what is left on each cluster while requests are placed. */
export class RoomLeft {
  readonly #candidates: ReadonlyMap<ClusterId, Candidate>
  readonly #policy: PlacementPolicy
  /** Bytes of the smallest of the requests. */
  readonly #least: bigint
  readonly #rooms = new Map<ClusterId, Room>()
  readonly #filled = new Set<ClusterId>()

  constructor(
    candidates: readonly Candidate[],
    policy: PlacementPolicy,
    requests: readonly PlacementRequest[],
  ) {
    this.#candidates = new Map(candidates.map((candidate) => [candidate.clusterId, candidate]))
    this.#policy = policy
    this.#least = requests
      .map(requestedBytes)
      .reduce((least, each) => (least === 0n || each < least ? each : least), 0n)
  }

  /** The limit by which the cluster has no room for the smallest request any more; null while it has, or was full before. */
  take({ request, clusterId }: Charge): FillLimit | null {
    const room = this.#rooms.get(clusterId) ?? this.#roomOf(clusterId)
    if (!room || this.#filled.has(clusterId)) return null
    const bytes = requestedBytes(request)
    room.promised -= bytes
    if (room.written !== null) room.written -= bytes
    if (room.volumes !== null) room.volumes -= 1
    this.#rooms.set(clusterId, room)
    const limit = this.#limitOf(room)
    if (limit) this.#filled.add(clusterId)
    return limit
  }

  #limitOf({ promised, written, volumes }: Room): FillLimit | null {
    if (promised < this.#least) return 'PROMISED'
    if (written !== null && written < this.#least) return 'WRITTEN'
    return volumes !== null && volumes < 1 ? 'VOLUME_COUNT' : null
  }

  /** Null for a cluster of which nothing is known, or that was full before: another policy may put more there. */
  #roomOf(clusterId: ClusterId): Room | null {
    const figures = this.#candidates.get(clusterId)?.figures
    const { maxVolumesPerCluster, maxProvisionedRatio } = this.#policy
    if (!figures) return null
    const room = {
      promised: promisedHeadroom(figures, maxProvisionedRatio),
      written: writtenHeadroom(figures, this.#policy),
      volumes: maxVolumesPerCluster === null ? null : maxVolumesPerCluster - figures.volumeCount,
    }
    return this.#limitOf(room) ? null : room
  }
}
