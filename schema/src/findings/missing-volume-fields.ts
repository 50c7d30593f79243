import {
  IdempotencyConflictError,
  InvalidInputError,
  InvalidStateError,
  NotFoundError,
  RevisionConflictError,
} from '@flotilla/core/errors'
import type { Operation } from '@flotilla/core/operations/operation'
import type { MissingVolumeInput } from '@flotilla/core/ports/fleet-commands'
import type { Volume } from '@flotilla/core/volumes/volume'
import { builder } from '../builder.ts'
import { readId } from '../identity/parse-node-id.ts'
import { requiredKey } from '../operations/required-key.ts'

export interface ChangedVolume {
  readonly volume: Volume
  readonly operation: Operation
}

/** What a mutation about a volume that its cluster has lost may be refused with. */
export const MISSING_VOLUME_ERRORS = [
  InvalidInputError,
  NotFoundError,
  InvalidStateError,
  RevisionConflictError,
  IdempotencyConflictError,
]

/** The input of such a mutation. */
export function missingVolumeInput(name: 'RecreateVolumeInput' | 'ForgetVolumeInput', description: string) {
  return builder.inputType(name, {
    description,
    fields: (t) => ({
      ...requiredKey(t),
      id: t.id({ required: true, description: 'Id of the volume, which must be MISSING.' }),
      expectedRevision: t.int({
        description: 'The revision that was read; another one by now is a conflict. Absent: whatever it is.',
      }),
    }),
  })
}

export function readMissing(input: {
  readonly idempotencyKey: string
  readonly id: string
  readonly expectedRevision?: number | null
}): MissingVolumeInput {
  return {
    idempotencyKey: input.idempotencyKey,
    id: readId('Volume', input.id, 'input.id'),
    expectedRevision: input.expectedRevision ?? undefined,
  }
}
