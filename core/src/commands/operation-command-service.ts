import { InvalidStateError, NotFoundError } from '../errors.ts'
import type { Actor } from '../operations/actor.ts'
import { retryFault } from '../operations/retry-fault.ts'
import type { FleetCommands } from '../ports/fleet-commands.ts'
import type { JobQueue } from '../ports/job-queue.ts'
import type { OperationCommands } from '../ports/operation-commands.ts'
import type { OperationStore } from '../ports/operation-store.ts'
import { beginOperation } from './begin-operation.ts'
import { type BulkPorts, createBulkCommands } from './bulk-command-service.ts'
import { requireKey } from './input-rules.ts'
import { repeatOperation } from './repeat-operation.ts'

export interface OperationCommandPorts extends BulkPorts {
  readonly operations: OperationStore
  readonly jobs: JobQueue
}

/** The part of FleetCommands that is about operations; what is repeated goes through the commands that it came by. */
export function createOperationCommands(
  ports: OperationCommandPorts,
  commands: Omit<FleetCommands, keyof OperationCommands>,
): OperationCommands {
  return {
    ...createBulkCommands(ports),

    async cancelOperation(input, actor) {
      requireKey(input.idempotencyKey)
      const caused = becauseOf(actor, { formerId: input.id })
      const record = beginOperation(ports, 'CANCEL_OPERATION', input, caused)
      const { volumeIds, snapshotIds, ...cancelled } = await ports.operations.cancel(input.id, record)
      ports.jobs.reconcileVolumes(volumeIds)
      ports.jobs.reconcileSnapshots(snapshotIds)
      return cancelled
    },

    async retryOperation({ idempotencyKey, id }, actor) {
      requireKey(idempotencyKey)
      const recorded = await ports.operations.find(id)
      if (!recorded) throw new NotFoundError(`there is no operation ${id}`, ['input', 'id'])
      const fault = retryFault(recorded.operation, { failed: recorded.failedItems })
      if (fault) throw new InvalidStateError(fault, ['input', 'id'])
      const caused = becauseOf(actor, { formerId: id })
      const operation = await repeatOperation(ports, commands, recorded, idempotencyKey, caused)
      return { operation }
    },
  }
}

function becauseOf({ name }: Actor, cause: Actor['cause']): Actor {
  return { name, cause }
}
