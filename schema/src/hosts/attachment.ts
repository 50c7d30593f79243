import { admitsHost } from '@flotilla/core/hosts/admits-host'
import type { Attachment } from '@flotilla/core/hosts/attachment'
import { builder } from '../builder.ts'
import { existing } from '../identity/existing.ts'
import { volume } from '../volumes/volume.ts'
import { host } from './host.ts'

export const attachmentMode = builder.enumType('AttachmentMode', {
  description: 'How a volume is attached.',
  values: {
    EXCLUSIVE: { description: 'One host may read and write; a second one is refused.' },
    SHARED: {
      description:
        'Any number of hosts may read and write side by side. They need a file system or an application that is made for it, or they destroy the data.',
    },
  },
})

const volumeAttachment = builder.objectRef<Attachment>('VolumeAttachment').implement({
  description: 'A host that is to have a volume, or had: what is wanted, and what was observed.',
  fields: (t) => ({
    host: t.field({
      type: host,
      description: 'The host.',
      resolve: ({ hostId }, _args, { loaders }) => existing(loaders.host.load(hostId), hostId),
    }),
    wantedMode: t.expose('wantedMode', {
      type: attachmentMode,
      nullable: true,
      description: 'What is wanted; null when it is to be detached.',
    }),
    confirmedMode: t.expose('confirmedMode', {
      type: attachmentMode,
      nullable: true,
      description: 'What the cluster of the volume has confirmed; null until it has admitted the host.',
    }),
    isObserved: t.boolean({
      nullable: true,
      description:
        'Whether the cluster admitted the host to the volume, from all of its addresses, when it was last looked at; null when that is not known.',
      resolve: async ({ hostId, volumeId }, _args, { loaders }) => {
        const [own, on] = await Promise.all([loaders.host.load(hostId), loaders.volume.load(volumeId)])
        const seen = on?.observed?.access
        return seen && own && admitsHost(seen, own)
      },
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was asked for.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When this record last changed.' }),
  }),
})

builder.objectField(volume, 'attachments', (t) =>
  t.field({
    type: [volumeAttachment],
    description: 'The hosts that have it, are to have it, or are being detached.',
    resolve: async ({ id }, _args, { loaders }) => [...(await loaders.attachments.load(id))],
  }),
)
