import type { MoveStep } from '@flotilla/core/moves/move-steps'
import { builder } from '../builder.ts'

const moveStepKind = builder.enumType('MoveStepKind', {
  description: 'What is done in one step of a move.',
  values: {
    CREATE_TARGET: { description: 'A volume like it is created.' },
    COPY: { description: 'A host copies the data.' },
    VERIFY: { description: 'The host compares both.' },
    SWITCH: { description: 'Whoever uses the old one uses the new one.' },
    DELETE_SOURCE: { description: 'The old one is deleted, and the new one gets its name.' },
  },
})

export const moveStep = builder.objectRef<MoveStep>('MoveStep').implement({
  description: 'One step of a move; nothing of it is done by itself.',
  fields: (t) => ({
    kind: t.expose('kind', { type: moveStepKind, description: 'What is done.' }),
    summary: t.exposeString('summary', { description: 'What to do and to look at, for people.' }),
    commands: t.exposeStringList('commands', {
      description:
        'GraphQL documents and shell lines, in order, to be looked at before they are used. NEW_VOLUME_ID and NEW_BACKEND_ID stand for what the first step answers; backendId is known when the volume is AVAILABLE.',
    }),
  }),
})
