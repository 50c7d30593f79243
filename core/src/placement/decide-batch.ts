import { DomainError, IdempotencyConflictError, NameTakenError, NoFeasibleClusterError } from '../errors.ts'
import type { OperationId, SnapshotId, VolumeId } from '../identity/ids.ts'
import type { PlacementPolicy } from '../policies/policy.ts'
import type { UntakenSnapshot } from '../snapshots/untaken-snapshot.ts'
import { BACKEND_PROJECT } from '../volumes/backend-project.ts'
import { type CloneSource, cloneFault, type SourceFacts, sourceIdOf } from '../volumes/clone-source.ts'
import { owedBytes } from '../volumes/owed-bytes.ts'
import { updateVolume, type VolumeUpdate } from '../volumes/update-volume.ts'
import type { Volume } from '../volumes/volume.ts'
import type { Candidate } from './candidate.ts'
import { ExplainedPlacer } from './explained-placer.ts'
import type { Groups } from './group-counts.ts'
import type { PlacementDecision } from './placement-decision.ts'
import type { CreateIntent, PlacementIntent, UpdateIntent } from './placement-intent.ts'
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
  /** What the clones that are asked for begin as a copy of, by the id that names it. */
  readonly sources: ReadonlyMap<SnapshotId | VolumeId, SourceFacts>
  /** The volumes that are asked to change. */
  readonly changing: ReadonlyMap<VolumeId, ChangingVolume>
}

export interface ChangingVolume {
  readonly volume: Volume
  /** What the last inventory contained of it (size x replicas). */
  readonly observedBytes: bigint
  /** Of its snapshots those that are yet to be taken; told where it is to shrink. */
  readonly untaken: readonly UntakenSnapshot[]
}

export type IntentOutcome =
  | { readonly kind: 'REPLAYED'; readonly operationId: OperationId }
  | { readonly kind: 'REFUSED'; readonly error: DomainError; readonly decision: DecidedRequest | null }
  | {
      readonly kind: 'CREATED'
      readonly intent: CreateIntent
      readonly decision: DecidedRequest
      /** The project of the cluster that shall have it: a clone's source's, as a cluster wants both in one. */
      readonly backendProject: string
    }
  | {
      readonly kind: 'UPDATED'
      readonly intent: UpdateIntent
      readonly update: VolumeUpdate
      /** Null when it does not grow. */
      readonly decision: DecidedRequest | null
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
  const changing = new Map(facts.changing)
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
    return intent.kind === 'CREATE' ? create(intent) : change(intent)
  }

  /** A source that the batch has changed already is as that leaves it. */
  const originOf = (source: CloneSource): SourceFacts | undefined => {
    const origin = facts.sources.get(sourceIdOf(source))
    const changed = source.volumeId ? changing.get(source.volumeId) : undefined
    return origin && changed ? { ...origin, state: changed.volume.state } : origin
  }

  /** What it shrinks to afterwards must not be what the snapshot of its own of a clone holds. */
  const noteUntaken = ({ snapshotId, volumeId }: CloneSource, madeForId: VolumeId): void => {
    const present = volumeId ? changing.get(volumeId) : undefined
    if (!volumeId || !present) return
    changing.set(volumeId, { ...present, untaken: [...present.untaken, { id: snapshotId, madeForId }] })
  }

  const create = (intent: CreateIntent): IntentOutcome => {
    const holder = takenNames.get(nameKey(intent.volume))
    if (holder) return refused(nameTaken(intent.volume, holder))
    const { id, sizeBytes, replicas, group, source } = intent.volume
    const origin = source ? originOf(source) : undefined
    const fault = source && cloneFault(source, origin, intent.volume)
    if (fault) return refused(fault)
    const pinnedTo = origin?.clusterId ?? null
    const decided = decide(
      { volumeId: id, sizeBytes, replicas, excludedClusterIds: [], growsOn: null, pinnedTo, group },
      intent.decisionId,
    )
    if (!decided.decision.clusterId) return noFeasibleCluster(decided)
    takenNames.set(nameKey(intent.volume), id)
    if (source) noteUntaken(source, id)
    const backendProject = origin?.backendProject ?? BACKEND_PROJECT
    return { kind: 'CREATED', intent, decision: decided, backendProject }
  }

  const change = (intent: UpdateIntent): IntentOutcome => {
    const { volume: before, observedBytes = 0n, untaken = [] } = changing.get(intent.volumeId) ?? {}
    const update = updateVolume(intent, before, facts.policy, facts.now, untaken)
    if (update instanceof DomainError) return refused(update)
    const { volume, growthBytes } = update
    const holder = intent.changes.name === null ? undefined : takenNames.get(nameKey(volume))
    if (holder && holder !== volume.id) return refused(nameTaken(volume, holder))
    const decided = growthBytes > 0n ? decide(...growthOf(intent, update, observedBytes)) : null
    if (decided && !decided.decision.clusterId) return noFeasibleCluster(decided)
    if (intent.changes.name !== null) takenNames.set(nameKey(volume), volume.id)
    changing.set(volume.id, { volume, observedBytes, untaken })
    return { kind: 'UPDATED', intent, update, decision: decided }
  }

  return intents.map((intent) => {
    const outcome = decideOne(intent)
    if (outcome.kind === 'CREATED' || outcome.kind === 'UPDATED') {
      const { id, inputFingerprint } = intent.operation
      earlier.set(replayKey(intent.operation), { operationId: id, inputFingerprint })
    }
    return outcome
  })
}

/** The request for the growth alone, its decision's id, and what its cluster is charged for it. */
function growthOf(
  intent: UpdateIntent,
  { volume, growthBytes }: VolumeUpdate,
  observedBytes: bigint,
): [request: PlacementRequest, id: PlacementDecision['id'], chargedBytes: bigint] {
  const { id, clusterId, replicas, sizeBytes } = volume
  return [
    {
      volumeId: id,
      sizeBytes: growthBytes,
      replicas,
      excludedClusterIds: [],
      growsOn: clusterId,
      pinnedTo: null,
      group: null,
    },
    intent.decisionId,
    owedBytes({ ...volume, observedBytes }) -
      owedBytes({ ...volume, sizeBytes: sizeBytes - growthBytes, observedBytes }),
  ]
}

function nameTaken({ name, project }: { name: string; project: string }, holder: VolumeId): NameTakenError {
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
