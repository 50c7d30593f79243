import type { OperationId } from '@flotilla/core/identity/ids'
import type { BulkKind } from '@flotilla/core/operations/bulk-kinds'
import type { OperationFacts } from '@flotilla/core/operations/operation-facts'
import type { OperationCommands } from '@flotilla/core/ports/operation-commands'
import { anOperation, aVolume } from './sample-records.ts'

/** Operations of which nothing is to be told but themselves. */
export function noFacts(operationId: OperationId): OperationFacts {
  return { operationId, volume: null, snapshotState: null, placements: [], bulk: null, drain: null }
}

/** The commands about operations and about many volumes at once, without a database. */
export function operationCommands(note: (method: string, input: unknown) => void): OperationCommands {
  const bulk = (method: string, kind: BulkKind) => {
    return async (input: { readonly dryRun: boolean }) => {
      note(method, input)
      return input.dryRun
        ? { plan: { items: [{ volume: aVolume(1), blockedBy: null }] } }
        : { operation: anOperation(20, { kind }) }
    }
  }
  return {
    async cancelOperation(input) {
      note('cancelOperation', input)
      const operation = anOperation(1, { state: 'CANCELLED' })
      return {
        operation,
        cancellation: anOperation(21, { kind: 'CANCEL_OPERATION', formerId: operation.id }),
      }
    },
    async retryOperation(input) {
      note('retryOperation', input)
      return { operation: anOperation(22, { formerId: input.id }) }
    },
    bulkDeleteVolumes: bulk('bulkDeleteVolumes', 'DELETE_VOLUMES'),
    bulkUpdateVolumes: bulk('bulkUpdateVolumes', 'UPDATE_VOLUMES'),
    bulkCreateSnapshots: bulk('bulkCreateSnapshots', 'CREATE_SNAPSHOTS'),
    bulkAttachVolumes: bulk('bulkAttachVolumes', 'ATTACH_VOLUMES'),
    bulkDetachVolumes: bulk('bulkDetachVolumes', 'DETACH_VOLUMES'),
    async bulkCreateVolumes(input) {
      note('bulkCreateVolumes', input)
      return { operation: anOperation(23, { kind: 'CREATE_VOLUMES' }) }
    },
  }
}
