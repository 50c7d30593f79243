import {
  COPYING_HOST_ID,
  type MoveStep,
  NEW_BACKEND_ID,
  NEW_VOLUME_ID,
} from '@flotilla/core/moves/move-steps'
import { builder } from '../builder.ts'

const moveStepKind = builder.enumType('MoveStepKind', {
  description: 'What is done in one step of a move.',
  values: {
    PREPARE: { description: 'Its hosts are detached and its schedules paused, where it has any.' },
    CREATE_TARGET: { description: 'A volume like it is created.' },
    WAIT: { description: 'A volume is asked for until it is in the state `until`.' },
    ATTACH: { description: 'Both are attached to the host that copies.' },
    CONNECT: { description: 'The answers tell how that host gets to both.' },
    COPY: { description: 'The host copies the data.' },
    VERIFY: { description: 'The host compares both.' },
    DETACH: { description: 'Both are detached from it.' },
    SWITCH: { description: 'Whoever uses the old one uses the new one; its hosts are attached to it.' },
    RECREATE_SCHEDULES: { description: 'The new one gets the schedules of snapshots that the old one has.' },
    DELETE_SOURCE: { description: 'The old one is deleted.' },
    FORGET_SOURCE: { description: 'The old one, which is lost, is taken off the records.' },
    RENAME: { description: 'The new one gets the name of the old one.' },
  },
})

export const moveStep = builder.objectRef<MoveStep>('MoveStep').implement({
  description: 'One step of a move; nothing of it is done by itself.',
  fields: (t) => ({
    kind: t.expose('kind', { type: moveStepKind, description: 'What is done.' }),
    summary: t.exposeString('summary', { description: 'What to do and to look at, for people.' }),
    commands: t.exposeStringList('commands', {
      description: `GraphQL documents and shell lines, in order, to be looked at before they are used. ${COPYING_HOST_ID} stands for the host that copies, ${NEW_VOLUME_ID} for what CREATE_TARGET answers, and ${NEW_BACKEND_ID} for the backendId that the WAIT behind it answers. The idempotency keys are the plan's own: a document may be sent again, and those of another plan begin anew.`,
    }),
    until: t.exposeString('until', {
      nullable: true,
      description: 'Of a WAIT: the state that each answer has to tell before the next step. Null for others.',
    }),
  }),
})
