import type { ClusterId, VolumeId } from '@flotilla/core/identity/ids'
import { chargeCandidate } from '@flotilla/core/placement/charge'
import { membersOf } from '@flotilla/core/placement/group-counts'
import { rightChoices } from '@flotilla/core/testing/reference-placement'
import type { Ratio } from '@flotilla/core/units/ratio'
import { idOfBackendName } from '@flotilla/core/volumes/backend-name'
import type { VolumeState } from '@flotilla/core/volumes/volume'
import type { BatchRow, CapacityRow, Commit, MemoryRecords, VolumeRow } from './memory-records.ts'
import type { ClusterEvent, ModelCluster } from './model-cluster.ts'

export interface Contradiction {
  /** Of design.md, section 3; `always` for leases, fencing numbers and states; `fault` for an error of our own. */
  readonly rule: 1 | 2 | 3 | 4 | 5 | 6 | 9 | 13 | 'always' | 'fault'
  readonly message: string
}

const NEXT_STATES: Readonly<Partial<Record<VolumeState, readonly VolumeState[]>>> = {
  CREATING: ['AVAILABLE', 'FAILED', 'DELETING'],
  AVAILABLE: ['RESIZING', 'UPDATING', 'DELETING', 'MISSING'],
  RESIZING: ['AVAILABLE', 'MISSING', 'DELETING'],
  UPDATING: ['AVAILABLE', 'MISSING', 'DELETING'],
  DELETING: ['DELETED'],
  FAILED: ['DELETED'],
  MISSING: ['AVAILABLE', 'DELETING'],
}

/** Holds every commit and everything that happens on a cluster against the rules, at the instant at which it happens. */
export class Checker {
  readonly contradictions: Contradiction[] = []
  readonly #records: MemoryRecords
  readonly #clusters: ReadonlyMap<ClusterId, ModelCluster>
  readonly #states = new Map<VolumeId, VolumeState>()
  readonly #leases = new Map<VolumeId, bigint>()
  #capacities = new Map<ClusterId, CapacityRow>()
  onContradiction: (contradiction: Contradiction) => void = () => {}
  /** A request that comes late may do what nobody would ask for any more. */
  hasLateRequests = false

  constructor(records: MemoryRecords, clusters: ReadonlyMap<ClusterId, ModelCluster>) {
    this.#records = records
    this.#clusters = clusters
  }

  report(rule: Contradiction['rule'], message: string): void {
    const contradiction = { rule, message }
    this.contradictions.push(contradiction)
    this.onContradiction(contradiction)
  }

  afterCommit(commit: Commit): void {
    this.#checkStates()
    this.#checkLedger()
    switch (commit.kind) {
      case 'PLACED':
      case 'REPLACED':
        this.#checkLimits(commit.batch)
        this.#checkDecisions(commit.batch)
        break
      case 'LEASED':
        if (commit.wasLeasedUntilMs !== null && commit.wasLeasedUntilMs >= this.#records.nowMs) {
          this.report('always', `${commit.volumeId} was leased while another had it`)
        }
        break
      case 'SETTLED':
        if (commit.leaseNumber !== this.#records.volume(commit.volumeId).leaseNumber) {
          this.report('always', `${commit.volumeId} was settled under a lease that another has followed`)
        }
        break
      case 'POLLED':
        this.#checkPoll(commit)
        break
      case 'POLL_FAILED':
        if (this.#capacities.get(commit.clusterId) !== this.#records.capacities.get(commit.clusterId)) {
          this.report(6, `a failed poll changed the figures of ${commit.clusterId}`)
        }
        break
      case 'DELETION':
        break
    }
    this.#capacities = new Map(this.#records.capacities)
  }

  onClusterEvent(cluster: ModelCluster, { kind, volume, by, formerBytes }: ClusterEvent): void {
    if (by === 'OTHERS') return
    if (volume.madeBy === 'OTHERS' && (kind === 'DELETING' || kind === 'RESIZED')) {
      this.report(13, `${kind} of ${volume.name}, which others made`)
    }
    const id = idOfBackendName('Volume', volume.name)
    const row = id && this.#records.volumes.get(id)
    if (kind === 'CREATED') {
      const places = this.#placesOf(volume.name)
      if (places.length > 1) this.report(2, `${volume.name} is on ${places.join(' and ')}`)
      const wasThere = row && row.state !== 'CREATING' && row.acknowledgedAtMs !== null
      if (wasThere && !this.hasLateRequests && !isGone(row)) {
        this.report(13, `${volume.name} was made again while it is ${row.state}`)
      }
    }
    if (kind === 'DELETING' && row && !isGone(row) && row.state !== 'DELETING') {
      this.report(13, `${volume.name} is being deleted while it is ${row.state}`)
    }
    if (kind === 'RESIZED' && row && formerBytes !== null && volume.sizeBytes < formerBytes) {
      if (row.shrinkToBytes === null && !isGone(row) && row.state !== 'DELETING') {
        this.report(13, `${volume.name} was cut to ${volume.sizeBytes} bytes while nobody wants it smaller`)
      }
    }
    if ((kind === 'CREATED' || kind === 'RESIZED') && !cluster.isGrownByOthers) {
      if (isPast(cluster.provisionedBytes(), cluster.effectiveBytes, this.#limitForGrowth)) {
        this.report(3, `${cluster.id} holds more than any limit allows`)
      }
    }
  }

  /** What is not at rest, or is otherwise on record than on the clusters; none when all is well. */
  differences(): readonly Contradiction[] {
    const found: Contradiction[] = []
    const differs = (rule: Contradiction['rule'], message: string) => found.push({ rule, message })
    const owed = new Map<ClusterId, bigint>()
    for (const row of this.#records.volumes.values()) {
      const places = this.#placesOf(row.backendName)
      const place = places[0]
      const held = place && this.#clusters.get(place)?.find(row.backendProject, row.backendName)
      const what = `${row.id} is ${row.state}`
      switch (row.state) {
        case 'AVAILABLE': {
          if (places.length !== 1 || place !== row.clusterId || !held) {
            differs(1, `${what} on ${row.clusterId}, but is on [${places.join()}]`)
          } else if (held.sizeBytes !== row.sizeBytes && !this.#clusters.get(place)?.isGrownByOthers) {
            differs(9, `${what} with ${row.sizeBytes} bytes, its cluster has ${held.sizeBytes}`)
          }
          break
        }
        case 'MISSING':
          owed.set(row.clusterId, (owed.get(row.clusterId) ?? 0n) + row.sizeBytes * BigInt(row.replicas))
          if (places.length > 0) differs(9, `${what}, but is on ${places.join()}`)
          break
        case 'DELETED':
        case 'FAILED':
          if (places.length > 0) differs(9, `${what}, but is on ${places.join()}`)
          break
        default:
          differs(9, `${what}, and nothing is under way`)
      }
    }
    for (const [id, cluster] of this.#clusters) {
      const row = this.#records.cluster(id)
      const capacity = this.#records.capacities.get(id)
      if (row.connection !== 'CONNECTED') differs(9, `${id} is ${row.connection}`)
      if (capacity?.provisionedBytes !== cluster.provisionedBytes()) {
        differs(9, `${id} is counted with ${capacity?.provisionedBytes}, has ${cluster.provisionedBytes()}`)
      }
      if (capacity?.pendingBytes !== (owed.get(id) ?? 0n)) {
        differs(4, `${capacity?.pendingBytes} bytes are pending on ${id} at rest`)
      }
    }
    return found
  }

  get #limitForGrowth(): Ratio {
    return this.#records.policy.maxProvisionedRatioForResize
  }

  #placesOf(name: string): readonly ClusterId[] {
    const places: ClusterId[] = []
    for (const [id, cluster] of this.#clusters) {
      for (const each of cluster.volumes.values()) {
        if (each.name === name && each.state !== 'FAILED') places.push(id)
      }
    }
    return places
  }

  #checkStates(): void {
    for (const { id, state, leaseNumber } of this.#records.volumes.values()) {
      const before = this.#states.get(id) ?? 'CREATING'
      if (before !== state && !NEXT_STATES[before]?.includes(state)) {
        this.report('always', `${id} went from ${before} to ${state}`)
      }
      this.#states.set(id, state)
      if (leaseNumber < (this.#leases.get(id) ?? 0n)) this.report('always', `lease number of ${id} fell`)
      this.#leases.set(id, leaseNumber)
    }
  }

  /** Added up anew, in another way than the ledger was kept. */
  #checkLedger(): void {
    const promised = new Map<ClusterId, bigint>()
    for (const row of this.#records.volumes.values()) {
      const beyond = row.sizeBytes * BigInt(row.replicas) - row.observedBytes
      if (isGone(row) || beyond <= 0n) continue
      promised.set(row.clusterId, (promised.get(row.clusterId) ?? 0n) + beyond)
    }
    for (const [id, { pendingBytes }] of this.#records.capacities) {
      const expected = promised.get(id) ?? 0n
      if (pendingBytes !== expected)
        this.report(4, `${pendingBytes} bytes are pending on ${id}, not ${expected}`)
    }
  }

  #checkLimits({ decided }: BatchRow): void {
    const { policy } = this.#records
    const chosen = new Map<ClusterId, boolean>()
    for (const { request, decision } of decided) {
      if (!decision.clusterId) continue
      const grows = request.growsOn !== null || chosen.get(decision.clusterId) === true
      chosen.set(decision.clusterId, grows)
    }
    for (const [id, grows] of chosen) {
      const capacity = this.#records.capacities.get(id)
      if (!capacity) continue
      const promised = capacity.provisionedBytes + capacity.pendingBytes
      const limit = grows ? policy.maxProvisionedRatioForResize : policy.maxProvisionedRatio
      if (isPast(promised, capacity.effectiveBytes, limit)) {
        this.report(3, `${id} was taken to ${promised} of ${capacity.effectiveBytes}`)
      }
      const cluster = this.#clusters.get(id)
      if (
        cluster &&
        !cluster.isGrownByOthers &&
        isPast(this.#committed(cluster), cluster.effectiveBytes, this.#limitForGrowth)
      ) {
        this.report(3, `${id} is promised and holds more than any limit allows`)
      }
    }
  }

  /** What a cluster has of others, and the larger of what each of ours there has and is promised. */
  #committed(cluster: ModelCluster): bigint {
    let sum = 0n
    const ours = new Map<string, bigint>()
    for (const row of this.#records.volumes.values()) {
      if (row.clusterId !== cluster.id || isGone(row) || row.state === 'MISSING') continue
      ours.set(row.backendName, row.sizeBytes * BigInt(row.replicas))
    }
    for (const each of cluster.volumes.values()) {
      if (each.state === 'FAILED') continue
      const bytes = each.sizeBytes * BigInt(each.replicas)
      const promised = ours.get(each.name) ?? 0n
      ours.delete(each.name)
      sum += bytes > promised ? bytes : promised
    }
    for (const bytes of ours.values()) sum += bytes
    return sum
  }

  #checkDecisions({ candidates, groups, policy, nowMs, decided }: BatchRow): void {
    const fleet = [...candidates]
    for (const { request, decision } of decided) {
      const right = rightChoices(request, fleet, policy, membersOf(groups, request), nowMs)
      const isRight =
        decision.clusterId === null
          ? right.length === 0
          : right.some(({ clusterId }) => clusterId === decision.clusterId)
      if (!isRight) this.report(5, `${decision.id} chose ${decision.clusterId}`)
      const index = fleet.findIndex(({ clusterId }) => clusterId === decision.clusterId)
      const chosen = fleet[index]
      if (chosen) fleet[index] = chargeCandidate(chosen, request)
    }
  }

  #checkPoll({ clusterId, startedAtMs }: Extract<Commit, { kind: 'POLLED' }>): void {
    const before = this.#capacities.get(clusterId)
    if (before && startedAtMs < before.observedAtMs) {
      this.report(6, `the figures of ${clusterId} went back in time`)
    }
  }
}

function isGone({ state }: VolumeRow): boolean {
  return state === 'DELETED' || state === 'FAILED'
}

function isPast(bytes: bigint, effectiveBytes: bigint, limit: Ratio): boolean {
  return bytes * limit.denominator > effectiveBytes * limit.numerator
}
