import { DomainError, IdempotencyConflictError, OverloadedError } from '../errors.ts'
import type { OperationId, VolumeId } from '../identity/ids.ts'
import type { Actor } from '../operations/actor.ts'
import { type BulkKind, ITEM_KINDS, type ItemKind } from '../operations/bulk-kinds.ts'
import type { NewOperation } from '../operations/new-operation.ts'
import type { Operation } from '../operations/operation.ts'
import { type OperationRequest, readRequest, toRequest } from '../operations/operation-request.ts'
import type { FleetCommands } from '../ports/fleet-commands.ts'
import { beginOperation, type OperationPorts } from './begin-operation.ts'

/** One item of a bulk operation that has been begun. */
export interface BegunItem {
  readonly bulkId: OperationId
  readonly kind: BulkKind
  /** Who asked for the whole. */
  readonly actor: string
  /** What is asked of each item. */
  readonly request: OperationRequest
  /** From 0. */
  readonly position: number
  readonly volumeId: VolumeId | null
  /** What is asked of this one beyond that. */
  readonly input: OperationRequest | null
}

/**
 * OPERATION: the command has recorded it. REFUSED: it was refused, and that is to be recorded. LATER: nothing is decided,
 * the same is to be asked again.
 */
export type ItemOutcome =
  | { readonly kind: 'OPERATION'; readonly operationId: OperationId }
  | {
      readonly kind: 'REFUSED'
      readonly error: DomainError
      readonly operationKind: ItemKind
      readonly operation: NewOperation
      readonly volumeId: VolumeId | null
    }
  | { readonly kind: 'LATER' }

/** The key by which each item is carried out once, however often and by whomever it is begun. */
export function itemKey({ bulkId, position }: Pick<BegunItem, 'bulkId' | 'position'>): string {
  return `${bulkId}/${position}`
}

/** Asks for one item through the ordinary command of its kind. */
export async function carryOutItem(
  ports: OperationPorts,
  commands: FleetCommands,
  item: BegunItem,
): Promise<ItemOutcome> {
  const { bulkId, volumeId } = item
  const { growBytes, ...request } = { ...item.request, ...item.input }
  const input = {
    ...readRequest<Record<string, unknown>>(request),
    // The size was fixed when this was asked; whoever has grown the volume past it meanwhile loses nothing by it.
    ...(growBytes !== undefined && { force: false }),
    ...subjectOf(item),
    idempotencyKey: itemKey(item),
  }
  const actor: Actor = { name: item.actor, cause: { parentId: bulkId } }
  const operationKind = ITEM_KINDS[item.kind]
  try {
    const { id } = await ask(commands, operationKind, input, actor)
    return { kind: 'OPERATION', operationId: id }
  } catch (error) {
    if (error instanceof OverloadedError) return { kind: 'LATER' }
    // The key is ours alone, so this is the item itself, which somebody else has just recorded as refused.
    if (error instanceof IdempotencyConflictError && error.operationId) {
      return { kind: 'OPERATION', operationId: error.operationId as OperationId }
    }
    if (!(error instanceof DomainError)) throw error
    const operation = { ...beginOperation(ports, operationKind, input, actor), request: toRequest(input) }
    return { kind: 'REFUSED', error, operationKind, operation, volumeId }
  }
}

function subjectOf({ kind, volumeId }: BegunItem): Record<string, unknown> {
  if (volumeId === null) return {}
  return kind === 'CREATE_SNAPSHOTS' ? { volumeId } : { id: volumeId }
}

/** What is on record was checked when the whole was asked for, so it is what the command takes. */
async function ask(commands: FleetCommands, kind: ItemKind, input: object, actor: Actor): Promise<Operation> {
  const run = async <Input>(
    command: (input: Input, actor: Actor) => Promise<{ readonly operation: Operation }>,
  ) => (await command(input as Input, actor)).operation
  switch (kind) {
    case 'CREATE_VOLUME':
      return run(commands.createVolume)
    case 'UPDATE_VOLUME':
      return run(commands.updateVolume)
    case 'DELETE_VOLUME':
      return run(commands.deleteVolume)
    case 'CREATE_SNAPSHOT':
      return run(commands.createSnapshot)
    case 'ATTACH_VOLUME':
      return run(commands.attachVolume)
    case 'DETACH_VOLUME':
      return run(commands.detachVolume)
  }
}
