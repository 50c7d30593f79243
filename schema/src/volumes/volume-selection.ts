import { InvalidInputError } from '@flotilla/core/errors'
import type { VolumeSelection } from '@flotilla/core/ports/bulk-store'
import type { VolumeConditions } from '@flotilla/core/ports/fleet-reader'
import { MAX_BULK_ITEMS } from '@flotilla/core/ports/operation-commands'
import { builder } from '../builder.ts'
import { readId } from '../identity/parse-node-id.ts'
import { readWhere } from '../paging/read-where.ts'
import { readVolumeConditions, type VolumeFilter, volumeFilter } from './volume-list.ts'

interface SelectionInput {
  readonly ids?: readonly string[] | null
  readonly where?: VolumeFilter | null
}

export const volumeSelectionInput = builder.inputRef<SelectionInput>('VolumeSelectionInput')
volumeSelectionInput.implement({
  description: 'Which volumes are meant: exactly one of these.',
  fields: (t) => ({
    ids: t.idList({ description: `Ids of volumes, each once, at most ${MAX_BULK_ITEMS}.` }),
    where: t.field({
      type: volumeFilter,
      description:
        'As of the list `volumes`: those that match when this is asked. Later ones are not meant, and a repetition under the same key means the same as before.',
    }),
  }),
})

/** @throws InvalidInputError unless exactly one way is taken, INVALID_ID, BAD_INPUT */
export function readSelection({ ids, where }: SelectionInput): VolumeSelection {
  if (ids && !where) {
    return { ids: ids.map((id, index) => readId('Volume', id, `input.selection.ids.${index}`)) }
  }
  if (where && !ids) {
    const path = 'input.selection.where'
    return { where: readWhere<VolumeFilter, VolumeConditions>(where, readVolumeConditions, path) }
  }
  const message = ids ? 'has both' : 'names nothing'
  throw new InvalidInputError([
    { path: ['input', 'selection'], message, allowed: 'exactly one of ids and where' },
  ])
}
