import { builder } from '../builder.ts'
import { operation } from '../operations/operation.ts'
import { volume } from '../volumes/volume.ts'
import {
  type ChangedVolume,
  MISSING_VOLUME_ERRORS,
  missingVolumeInput,
  readMissing,
} from './missing-volume-fields.ts'

const forgetVolumeInput = missingVolumeInput(
  'ForgetVolumeInput',
  'Which lost volume to delete from the records.',
)

const forgetVolumePayload = builder.objectRef<ChangedVolume>('ForgetVolumePayload').implement({
  description: 'The volume is deleted from the records, and its promised bytes are free again.',
  fields: (t) => ({
    volume: t.expose('volume', { type: volume, description: 'The volume, DELETED.' }),
    operation: t.expose('operation', { type: operation, description: 'The request, done.' }),
  }),
})

builder.mutationField('forgetVolume', (t) =>
  t.field({
    type: forgetVolumePayload,
    description:
      'Deletes a MISSING volume from the records, without asking its cluster, and its snapshots that are MISSING as well; refused while it has others. Should it turn up again, it is a FOREIGN one and is left alone.',
    errors: {
      types: MISSING_VOLUME_ERRORS,
      union: { name: 'ForgetVolumeResult', description: 'Outcome of `forgetVolume`.' },
    },
    args: { input: t.arg({ type: forgetVolumeInput, required: true, description: 'The volume.' }) },
    resolve: (_root, { input }, { commands, viewer }) => commands.forgetVolume(readMissing(input), viewer),
  }),
)
