import {
  type DomainError,
  IdempotencyConflictError,
  InvalidInputError,
  InvalidStateError,
  NameTakenError,
  NoFeasibleClusterError,
  NotFoundError,
  RevisionConflictError,
} from '../errors.ts'
import type { OperationId, VolumeId } from '../identity/ids.ts'
import type { PlacementPolicy } from '../policies/policy.ts'
import type { CreateIntent, GrowIntent, PlacementIntent } from '../ports/placement-ledger.ts'
import type { Volume } from '../volumes/volume.ts'
import { canGrow } from '../volumes/volume-rules.ts'
import type { Candidate } from './candidate.ts'
import { ExplainedPlacer } from './explained-placer.ts'
import type { Groups } from './group-counts.ts'
import type { PlacementDecision } from './placement-decision.ts'
import { type PlacementRequest, requestedBytes } from './placement-request.ts'
import type { Rejection } from './verdict.ts'

const REASONS_IN_MESSAGE = 3

/** What the transaction has read, under the placement lock, before anything is decided. */
export interface BatchFacts {
  readonly candidates: readonly Candidate[]
  readonly policy: PlacementPolicy
  readonly now: Date
  /** Who is where already, of the groups that are asked for. */
  readonly groups: Groups
  /** By `replayKey`: operations that came under the same keys before. */
  readonly earlier: ReadonlyMap<
    string,
    { readonly operationId: OperationId; readonly inputFingerprint: string }
  >
  /** By `nameKey`: who holds the names that are asked for. */
  readonly takenNames: ReadonlyMap<string, VolumeId>
  /** The volumes that are asked to grow, and what the last inventory contained of each (size x replicas). */
  readonly growing: ReadonlyMap<VolumeId, { readonly volume: Volume; readonly observedBytes: bigint }>
}

export type IntentOutcome =
  | { readonly kind: 'REPLAYED'; readonly operationId: OperationId }
  | { readonly kind: 'REFUSED'; readonly error: DomainError; readonly decision: DecidedRequest | null }
  | { readonly kind: 'CREATED'; readonly intent: CreateIntent; readonly decision: DecidedRequest }
  | {
      readonly kind: 'GROWN'
      readonly intent: GrowIntent
      readonly volume: Volume
      readonly decision: DecidedRequest
    }

/** A decision together with the request that replays it. */
export interface DecidedRequest {
  readonly request: PlacementRequest
  readonly decision: PlacementDecision
  /**
   * What the chosen cluster's pending bytes rise by: the request's bytes, less what its inventory contained already
   * (a cluster may hold more of a growing volume than our records say).
   */
  readonly chargedBytes: bigint
}

export function replayKey(operation: { actor: string; idempotencyKey: string }): string {
  return `${operation.actor}\n${operation.idempotencyKey}`
}

export function nameKey(volume: { project: string; name: string }): string {
  return `${volume.project}/${volume.name}`
}

/**
 * Decides for each intent in turn, as if the ones before it had been committed already: names, keys and promised
 * bytes count at once. One outcome for each, in the same order; a refused intent changes nothing for the others.
 */
export function decideBatch(
  intents: readonly PlacementIntent[],
  facts: BatchFacts,
): readonly IntentOutcome[] {
  const earlier = new Map(facts.earlier)
  const takenNames = new Map(facts.takenNames)
  const growing = new Map(facts.growing)
  const placer = new ExplainedPlacer({ ...facts, nowMs: facts.now.getTime() }, facts.policy)

  const decide = (
    request: PlacementRequest,
    id: PlacementDecision['id'],
    chargedBytes = requestedBytes(request),
  ): DecidedRequest => {
    const outcome = placer.place(request)
    return {
      request,
      chargedBytes,
      decision: {
        id,
        volumeId: request.volumeId,
        sizeBytes: request.sizeBytes,
        replicas: request.replicas,
        policyName: facts.policy.name,
        policyRevision: facts.policy.revision,
        clusterId: outcome.clusterId,
        get verdicts() {
          return outcome.verdicts
        },
        detailsRemovedAt: null,
        hop: 0,
        decidedAt: facts.now,
      },
    }
  }

  const decideOne = (intent: PlacementIntent): IntentOutcome => {
    const before = earlier.get(replayKey(intent.operation))
    if (before && before.inputFingerprint !== intent.operation.inputFingerprint) {
      return refused(new IdempotencyConflictError(before.operationId))
    }
    if (before) return { kind: 'REPLAYED', operationId: before.operationId }
    return intent.kind === 'CREATE' ? create(intent) : grow(intent)
  }

  const create = (intent: CreateIntent): IntentOutcome => {
    const holder = takenNames.get(nameKey(intent.volume))
    if (holder) return refused(nameTaken(intent, holder))
    const { id, sizeBytes, replicas, group } = intent.volume
    const decided = decide(
      { volumeId: id, sizeBytes, replicas, excludedClusterIds: [], growsOn: null, group },
      intent.decisionId,
    )
    if (!decided.decision.clusterId) return noFeasibleCluster(decided)
    takenNames.set(nameKey(intent.volume), id)
    return { kind: 'CREATED', intent, decision: decided }
  }

  const grow = (intent: GrowIntent): IntentOutcome => {
    const { volume, observedBytes = 0n } = growing.get(intent.volumeId) ?? {}
    const fault = growthFault(intent, volume, facts.policy)
    if (fault || !volume) return refused(fault ?? unknownVolume(intent.volumeId))
    const growth = intent.sizeBytes - volume.sizeBytes
    const decided = decide(
      {
        volumeId: volume.id,
        sizeBytes: growth,
        replicas: volume.replicas,
        excludedClusterIds: [],
        growsOn: volume.clusterId,
        group: null,
      },
      intent.decisionId,
      chargeOf(intent.sizeBytes, volume.replicas, observedBytes) -
        chargeOf(volume.sizeBytes, volume.replicas, observedBytes),
    )
    if (!decided.decision.clusterId) return noFeasibleCluster(decided)
    const grown: Volume = {
      ...volume,
      sizeBytes: intent.sizeBytes,
      state: 'RESIZING',
      revision: volume.revision + 1,
      updatedAt: facts.now,
    }
    growing.set(volume.id, { volume: grown, observedBytes })
    return { kind: 'GROWN', intent, volume: grown, decision: decided }
  }

  return intents.map((intent) => {
    const outcome = decideOne(intent)
    if (outcome.kind === 'CREATED' || outcome.kind === 'GROWN') {
      const { id, inputFingerprint } = intent.operation
      earlier.set(replayKey(intent.operation), { operationId: id, inputFingerprint })
    }
    return outcome
  })
}

/** What a volume of this size would owe beyond the last inventory. */
function chargeOf(sizeBytes: bigint, replicas: number, observedBytes: bigint): bigint {
  const owed = requestedBytes({ sizeBytes, replicas }) - observedBytes
  return owed > 0n ? owed : 0n
}

function growthFault(
  intent: GrowIntent,
  volume: Volume | undefined,
  { maxVolumeSizeBytes }: PlacementPolicy,
): DomainError | null {
  if (!volume || volume.state === 'DELETED') return unknownVolume(intent.volumeId)
  if (intent.expectedRevision !== null && intent.expectedRevision !== volume.revision) {
    return new RevisionConflictError(intent.expectedRevision, volume.revision)
  }
  if (!canGrow(volume)) {
    return new InvalidStateError(`${volume.id} is ${volume.state}; only an AVAILABLE volume can grow`, [
      'input',
      'id',
    ])
  }
  if (intent.sizeBytes <= volume.sizeBytes) {
    return sizeFault(
      `${intent.sizeBytes} is not larger than the present size`,
      `more than ${volume.sizeBytes}; volumes only grow`,
    )
  }
  if (maxVolumeSizeBytes === null || intent.sizeBytes <= maxVolumeSizeBytes) return null
  return sizeFault(
    `${intent.sizeBytes} is larger than the policy allows`,
    `at most ${maxVolumeSizeBytes}, or another policy`,
  )
}

function sizeFault(message: string, allowed: string): InvalidInputError {
  return new InvalidInputError([{ path: ['input', 'sizeBytes'], message, allowed }])
}

function unknownVolume(id: VolumeId): NotFoundError {
  return new NotFoundError(`there is no volume ${id}`, ['input', 'id'])
}

function nameTaken(intent: CreateIntent, holder: VolumeId): NameTakenError {
  const { name, project } = intent.volume
  return new NameTakenError(
    `project ${project} has a volume named "${name}" already`,
    ['input', 'name'],
    holder,
  )
}

function refused(error: DomainError): IntentOutcome {
  return { kind: 'REFUSED', error, decision: null }
}

function noFeasibleCluster(decided: DecidedRequest): IntentOutcome {
  const { verdicts } = decided.decision
  const reasons = verdicts.map(({ clusterName, rejection }) => `${clusterName}: ${explain(rejection)}`)
  const message =
    verdicts.length === 0
      ? 'no cluster is registered'
      : `none of ${verdicts.length} clusters qualifies: ${summary(reasons)}`
  return { kind: 'REFUSED', error: new NoFeasibleClusterError(decided.decision, message), decision: decided }
}

/** The first few; the decision has all of them. */
function summary(reasons: readonly string[]): string {
  const more = reasons.length - REASONS_IN_MESSAGE
  return reasons.slice(0, REASONS_IN_MESSAGE).join('; ') + (more > 0 ? `; and ${more} more` : '')
}

function explain(rejection: Rejection | null): string {
  return rejection?.explanation ?? 'has no ratio'
}
