import type { HeldVolume } from '@flotilla/core/moves/held-volume'
import { type MoveBlock, moveBlocks } from '@flotilla/core/moves/move-blocks'
import { moveMethod } from '@flotilla/core/moves/move-method'
import { requestedBytes } from '@flotilla/core/placement/placement-request'
import { builder } from '../builder.ts'

const moveBlockReason = builder.enumType('MoveBlockReason', {
  description: 'Why a volume cannot be moved as it is now.',
  values: {
    NOT_AT_REST: { description: 'Work on it is under way.' },
    MISSING: { description: 'Its cluster no longer has it.' },
    ATTACHED: { description: 'Hosts may write to it while it is copied.' },
    NOT_LOOKED_AT: {
      description: 'No inventory has told yet what it has on its cluster that was not made here.',
    },
    HAS_SNAPSHOTS: { description: 'It has snapshots, which stay where they are.' },
    CLONE_FAMILY: { description: 'It shares blocks with a clone or a source.' },
  },
})

const moveMethodKind = builder.enumType('MoveMethod', {
  description: 'How a volume comes to another cluster. Clusters cannot copy to each other.',
  values: {
    HOST_COPY: { description: 'A host that reaches both clusters copies it.' },
    RECREATE: { description: 'There is nothing to copy: it is made anew, empty.' },
  },
})

const moveBlock = builder.objectRef<MoveBlock>('MoveBlock').implement({
  description: 'What stands in the way of a move.',
  fields: (t) => ({
    reason: t.expose('reason', { type: moveBlockReason, description: 'For programs.' }),
    explanation: t.exposeString('explanation', { description: 'For people, with the numbers.' }),
    remedy: t.exposeString('remedy', { description: 'What would make it movable.' }),
  }),
})

export const movedVolume = builder.objectRef<HeldVolume>('MovedVolume').implement({
  description: 'A volume as a plan saw it.',
  fields: (t) => ({
    volumeId: t.id({ description: 'Its id.', resolve: ({ request }) => request.volumeId }),
    project: t.exposeString('project', { description: 'The tenant that owns it.' }),
    name: t.exposeString('name', { description: 'Its name.' }),
    policyName: t.exposeString('policyName', { description: 'The policy that decides about it.' }),
    sizeBytes: t.field({
      type: 'Bytes',
      description: 'Logical size, in bytes: what a host has to copy, where it is copied.',
      resolve: ({ request }) => request.sizeBytes,
    }),
    promisedBytes: t.field({
      type: 'Bytes',
      description: 'Size x replicas, in bytes.',
      resolve: ({ request }) => requestedBytes(request),
    }),
    method: t.field({
      type: moveMethodKind,
      description: 'How it comes to another cluster.',
      resolve: (volume) => moveMethod(volume).kind,
    }),
    methodReason: t.string({
      description: 'Why so, for people.',
      resolve: (volume) => moveMethod(volume).reason,
    }),
    blocks: t.field({
      type: [moveBlock],
      description: 'What stands in its way; none when it can be moved now.',
      resolve: moveBlocks,
    }),
  }),
})
