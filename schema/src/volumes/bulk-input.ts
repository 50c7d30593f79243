import { MAX_BULK_ITEMS } from '@flotilla/core/ports/operation-commands'
import type { InputFieldBuilder } from '../input-field-builder.ts'
import { readSelection, volumeSelectionInput } from './volume-selection.ts'

const DEFAULT_MAX_ITEMS = 1_000

/** What every request about many volumes takes. */
export const bulkInputFields = (t: InputFieldBuilder) => ({
  idempotencyKey: t.string({
    required: true,
    description:
      'Chosen by the caller: the same key and input answers with the original operation. A dry run uses none.',
  }),
  selection: t.field({ type: volumeSelectionInput, required: true, description: 'Which volumes are meant.' }),
  maxItems: t.int({
    required: true,
    defaultValue: DEFAULT_MAX_ITEMS,
    description: `How many volumes may be meant, 1 to ${MAX_BULK_ITEMS}. When there are more, nothing is done to any.`,
  }),
  dryRun: t.boolean({
    required: true,
    defaultValue: false,
    description: 'Tells what would become of each volume, and records nothing.',
  }),
})

interface BulkFields {
  readonly idempotencyKey: string
  readonly selection: Parameters<typeof readSelection>[0]
  readonly maxItems: number
  readonly dryRun: boolean
}

export function readBulkInput({ idempotencyKey, selection, maxItems, dryRun }: BulkFields) {
  return { idempotencyKey, selection: readSelection(selection), maxItems, dryRun }
}
