import { builder } from '../builder.ts'
import { operation } from '../operations/operation.ts'
import { volume } from '../volumes/volume.ts'
import {
  type ChangedVolume,
  MISSING_VOLUME_ERRORS,
  missingVolumeInput,
  readMissing,
} from './missing-volume-fields.ts'

const recreateVolumeInput = missingVolumeInput('RecreateVolumeInput', 'Which lost volume to ask for anew.')

const recreateVolumePayload = builder.objectRef<ChangedVolume>('RecreateVolumePayload').implement({
  description: 'The volume is asked for anew; a worker asks its cluster next.',
  fields: (t) => ({
    volume: t.expose('volume', { type: volume, description: 'The volume, CREATING.' }),
    operation: t.expose('operation', {
      type: operation,
      description:
        'Succeeds when its cluster has it; when it fails or is cancelled, the volume is MISSING as before.',
    }),
  }),
})

builder.mutationField('recreateVolume', (t) =>
  t.field({
    type: recreateVolumePayload,
    description:
      'Asks for a MISSING volume anew, on its cluster. It will be empty: what it held is gone. Should it turn up by itself in the meantime, that one is kept. Snapshots that are left of it stay, and its schedules with a `keepCount` are paused, because new snapshots would take their places; they stay so until somebody ends the pause, however this ends.',
    errors: {
      types: MISSING_VOLUME_ERRORS,
      union: { name: 'RecreateVolumeResult', description: 'Outcome of `recreateVolume`.' },
    },
    args: { input: t.arg({ type: recreateVolumeInput, required: true, description: 'The volume.' }) },
    resolve: (_root, { input }, { commands, viewer }) => commands.recreateVolume(readMissing(input), viewer),
  }),
)
