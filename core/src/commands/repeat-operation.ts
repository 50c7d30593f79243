import { InvalidStateError } from '../errors.ts'
import type { Actor } from '../operations/actor.ts'
import { isBulk } from '../operations/bulk-kinds.ts'
import type { Operation } from '../operations/operation.ts'
import { readRequest } from '../operations/operation-request.ts'
import type { CreateVolumeInput, SourceInput } from '../ports/create-volume-input.ts'
import type {
  CreateSnapshotInput,
  DeleteVolumeInput,
  FleetCommands,
  RestoreVolumeInput,
  UpdateVolumeInput,
} from '../ports/fleet-commands.ts'
import type { AttachVolumeInput, DetachVolumeInput } from '../ports/host-commands.ts'
import type { OperationCommands } from '../ports/operation-commands.ts'
import type { RecordedOperation } from '../ports/operation-store.ts'
import type { Snapshot } from '../snapshots/snapshot.ts'
import { beginOperation } from './begin-operation.ts'
import type { BulkPorts } from './bulk-command-service.ts'

type Repeated<Input> = Omit<Input, 'idempotencyKey'>
type RecordedUpdate = UpdateVolumeInput & { readonly formerSizeBytes?: string }

/** Asks for the same once more, by the command that it was asked by. @throws as that command */
export async function repeatOperation(
  ports: BulkPorts,
  commands: Omit<FleetCommands, keyof OperationCommands>,
  { operation: former, request, volume, snapshot, source }: RecordedOperation,
  idempotencyKey: string,
  actor: Actor,
): Promise<Operation> {
  const input = <Input extends object>() => {
    if (!request) throw notOnRecord(former)
    return { ...readRequest<Repeated<Input>>(request), idempotencyKey }
  }
  if (isBulk(former.kind)) {
    const record = beginOperation(ports, former.kind, { idempotencyKey }, actor)
    const operation = await ports.bulks.repeat(former.id, record)
    ports.jobs.carryOutBulk(operation.id)
    return operation
  }
  switch (former.kind) {
    case 'CREATE_VOLUME': {
      const wanted = volume ? createInputOf(volume, source) : input<CreateVolumeInput>()
      return (await commands.createVolume({ ...wanted, idempotencyKey }, actor)).operation
    }
    case 'CREATE_SNAPSHOT': {
      const wanted = snapshot ? snapshotInputOf(snapshot) : input<CreateSnapshotInput>()
      return (await commands.createSnapshot({ ...wanted, idempotencyKey }, actor)).operation
    }
    case 'RESIZE_VOLUME':
    case 'UPDATE_VOLUME':
      return (await commands.updateVolume(asItWas(input<RecordedUpdate>()), actor)).operation
    case 'RESTORE_VOLUME':
      return (await commands.restoreVolume(input<RestoreVolumeInput>(), actor)).operation
    case 'ATTACH_VOLUME':
      return (await commands.attachVolume(input<AttachVolumeInput>(), actor)).operation
    case 'DETACH_VOLUME':
      return (await commands.detachVolume(input<DetachVolumeInput>(), actor)).operation
    case 'DELETE_VOLUME':
      return (await commands.deleteVolume(input<DeleteVolumeInput>(), actor)).operation
    case 'RECREATE_VOLUME': {
      if (!volume) throw notOnRecord(former)
      return (await commands.recreateVolume({ id: volume.id, idempotencyKey }, actor)).operation
    }
    default:
      throw notOnRecord(former)
  }
}

/** What made its volume no smaller then does not now, however large others have made it meanwhile. */
function asItWas(update: RecordedUpdate): RecordedUpdate {
  const { sizeBytes, formerSizeBytes } = update
  if (sizeBytes === undefined || formerSizeBytes === undefined) return update
  return BigInt(formerSizeBytes) <= sizeBytes ? { ...update, force: false } : update
}

/** The same volume under an id of its own; what the policy has filled in is asked for by now, and what it has not is not. */
function createInputOf(
  volume: NonNullable<RecordedOperation['volume']>,
  source: Snapshot | null,
): Repeated<CreateVolumeInput> {
  const { name, project, policyName, group, sizeBytes, replicas, compression, qosPolicy, labels } = volume
  return {
    name,
    project,
    policy: policyName,
    sizeBytes,
    replicas,
    compression,
    qosPolicy,
    labels,
    ...(group !== null && { group }),
    ...(source && { source: sourceOf(source) }),
  }
}

/** A snapshot that was taken for the clone only has gone with it. */
function sourceOf({ id, volumeId, madeForId }: Snapshot): SourceInput {
  return madeForId ? { volumeId } : { snapshotId: id }
}

function snapshotInputOf(snapshot: Snapshot): Repeated<CreateSnapshotInput> {
  const { volumeId, name, labels, retentionSeconds } = snapshot
  return { volumeId, name, labels, ...(retentionSeconds !== null && { retentionSeconds }) }
}

function notOnRecord({ id }: Operation): InvalidStateError {
  return new InvalidStateError(`what ${id} asked for is not on record; ask for it anew`, ['input', 'id'])
}
