import {
  type DomainError,
  InvalidInputError,
  InvalidStateError,
  NotFoundError,
  RevisionConflictError,
  WouldShrinkError,
} from '../errors.ts'
import type { VolumeId } from '../identity/ids.ts'
import type { UpdateIntent } from '../placement/placement-intent.ts'
import type { PlacementPolicy } from '../policies/policy.ts'
import { type UntakenSnapshot, untakenFault } from '../snapshots/untaken-snapshot.ts'
import type { Volume, VolumeState } from './volume.ts'
import type { FormerProperties } from './volume-properties.ts'

/** What an update comes to, before anything is reserved for it. */
export interface VolumeUpdate {
  readonly volume: Volume
  /** What stood before the properties that the cluster has to be asked for; null when it need not be. */
  readonly formerProperties: FormerProperties | null
  /** Whether its cluster has a part in it; if not, it is done with its commit. */
  readonly asksCluster: boolean
  /** How much larger it gets, logical size; 0 when it does not. */
  readonly growthBytes: bigint
}

const RENAMED_IN: readonly VolumeState[] = ['CREATING', 'AVAILABLE', 'RESIZING', 'UPDATING', 'RESTORING']

/**
 * The volume as the intent wants it, or why it may not be so. The name's being free is the caller's to see. What is asked for
 * is asked of the cluster even where the record says so already: others may have changed it there.
 *
 * @param untaken of its snapshots those that are yet to be taken
 */
export function updateVolume(
  intent: UpdateIntent,
  volume: Volume | undefined,
  policy: Pick<PlacementPolicy, 'maxVolumeSizeBytes'>,
  now: Date,
  untaken: readonly UntakenSnapshot[],
): VolumeUpdate | DomainError {
  const fault = stateFault(intent, volume) ?? sizeFault(intent, volume, policy, untaken)
  if (fault || !volume) return fault ?? unknownVolume(intent.volumeId)
  const { changes } = intent
  const sizeBytes = intent.sizeBytes ?? volume.sizeBytes
  const shrinks = sizeBytes < volume.sizeBytes
  const asksProperties = changesProperties(intent)
  // Promised already, so that nothing is reserved, and nothing is given back when the cluster refuses.
  const growsBack = sizeBytes === intent.sizeBytes && isCutOff(volume, sizeBytes)
  const asksCluster = asksProperties || growsBack || sizeBytes !== volume.sizeBytes
  return {
    asksCluster,
    growthBytes: sizeBytes > volume.sizeBytes ? sizeBytes - volume.sizeBytes : 0n,
    formerProperties: asksProperties ? formerOf(intent, volume) : null,
    volume: {
      ...volume,
      name: changes.name ?? volume.name,
      compression: changes.compression ?? volume.compression,
      qosPolicy: changes.qosPolicy === undefined ? volume.qosPolicy : changes.qosPolicy,
      labels: changes.labels ?? volume.labels,
      sizeBytes: shrinks ? volume.sizeBytes : sizeBytes,
      shrinkToBytes: shrinks ? sizeBytes : volume.shrinkToBytes,
      state: sizeBytes !== volume.sizeBytes ? 'RESIZING' : asksCluster ? 'UPDATING' : volume.state,
      revision: volume.revision + 1,
      generation: asksCluster ? volume.generation + 1 : volume.generation,
      updatedAt: now,
    },
  }
}

function changesProperties({ changes: { compression, qosPolicy, labels } }: UpdateIntent): boolean {
  return compression !== null || qosPolicy !== undefined || labels !== null
}

/** Of the properties that are asked for, and of no others: what others have changed besides stays reported. */
function formerOf({ changes }: UpdateIntent, { compression, qosPolicy, labels }: Volume): FormerProperties {
  return {
    ...(changes.compression !== null && { compression }),
    ...(changes.qosPolicy !== undefined && { qosPolicy }),
    ...(changes.labels !== null && { labels }),
  }
}

/** Whether others have made it smaller than its present size, as its cluster was last seen. */
function isCutOff({ observed, sizeBytes: presentBytes }: Volume, sizeBytes: bigint): boolean {
  return sizeBytes === presentBytes && observed !== null && observed.sizeBytes < sizeBytes
}

/** A name is ours alone; for everything else the volume's cluster has to be asked, and only one thing at a time. */
function stateFault(intent: UpdateIntent, volume: Volume | undefined): DomainError | null {
  if (!volume || volume.state === 'DELETED') return unknownVolume(intent.volumeId)
  if (intent.expectedRevision !== null && intent.expectedRevision !== volume.revision) {
    return new RevisionConflictError(intent.expectedRevision, volume.revision)
  }
  const { sizeBytes } = intent
  const asksCluster = sizeBytes !== null || changesProperties(intent)
  const isPossible = asksCluster ? volume.state === 'AVAILABLE' : RENAMED_IN.includes(volume.state)
  if (isPossible) return null
  const allowed = asksCluster
    ? 'only an AVAILABLE volume can be changed'
    : `a volume is renamed while it is ${RENAMED_IN.join(', ')}`
  return new InvalidStateError(`${volume.id} is ${volume.state}; ${allowed}`, ['input', 'id'])
}

function sizeFault(
  intent: UpdateIntent,
  volume: Volume | undefined,
  { maxVolumeSizeBytes }: Pick<PlacementPolicy, 'maxVolumeSizeBytes'>,
  untaken: readonly UntakenSnapshot[],
): DomainError | null {
  const { sizeBytes, force } = intent
  if (!volume || sizeBytes === null) return null
  if (sizeBytes < volume.sizeBytes) {
    return force
      ? untakenFault(volume.id, untaken, 'made smaller')
      : new WouldShrinkError(volume.id, volume.sizeBytes, sizeBytes)
  }
  const changesMore = intent.changes.name !== null || changesProperties(intent)
  if (sizeBytes === volume.sizeBytes) {
    return changesMore || isCutOff(volume, sizeBytes)
      ? null
      : invalidSize(
          `${sizeBytes} is the present size`,
          `more than ${volume.sizeBytes}, or less by updateVolume(force: true)`,
        )
  }
  if (maxVolumeSizeBytes === null || sizeBytes <= maxVolumeSizeBytes) return null
  return invalidSize(
    `${sizeBytes} is larger than the policy allows`,
    `at most ${maxVolumeSizeBytes}, or a change of the policy`,
  )
}

function invalidSize(message: string, allowed: string): InvalidInputError {
  return new InvalidInputError([{ path: ['input', 'sizeBytes'], message, allowed }])
}

function unknownVolume(id: VolumeId): NotFoundError {
  return new NotFoundError(`there is no volume ${id}`, ['input', 'id'])
}
