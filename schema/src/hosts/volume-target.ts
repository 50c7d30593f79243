import { connectHost, devicePath, type HostConnect } from '@flotilla/core/hosts/connect-host'
import type { Host } from '@flotilla/core/hosts/host'
import { type VolumeReach, type VolumeTarget, volumeTarget } from '@flotilla/core/volumes/volume-target'
import { builder } from '../builder.ts'
import { existing } from '../identity/existing.ts'
import { volume } from '../volumes/volume.ts'
import { host } from './host.ts'

const hostInstructions = builder
  .objectRef<HostConnect & { readonly host: Host }>('HostInstructions')
  .implement({
    description: 'How one host gets to a volume. Either the commands or the file will do.',
    fields: (t) => ({
      host: t.expose('host', { type: host, description: 'The host.' }),
      nvmeCliCommands: t.exposeStringList('nvmeCliCommands', {
        description: 'For nvme-cli, to be run as root on the host: one for each data port of the cluster.',
      }),
      discoveryFilePath: t.exposeString('discoveryFilePath', {
        description: 'Where the daemon discovery-client looks for files.',
      }),
      discoveryFile: t.exposeString('discoveryFile', {
        description: 'What such a file has to hold. The daemon keeps the paths up to date by itself.',
      }),
    }),
  })

const volumeTargetType = builder
  .objectRef<{ readonly target: VolumeTarget; readonly hosts: readonly Host[] }>('VolumeTarget')
  .implement({
    description: 'Where hosts find a volume, as its own cluster said when it was last polled.',
    fields: (t) => ({
      subsystemNqn: t.string({
        description: 'NQN of the NVMe subsystem of the cluster that has the volume, of no other one.',
        resolve: ({ target }) => target.subsystemNqn,
      }),
      discoveryEndpoints: t.stringList({
        description: '`address:port` of the discovery services of that cluster.',
        resolve: ({ target }) => [...target.discoveryEndpoints],
      }),
      nvmeEndpoints: t.stringList({
        description: '`address:port` of the NVMe/TCP data ports of that cluster.',
        resolve: ({ target }) => [...target.nvmeEndpoints],
      }),
      volumeUuid: t.string({
        description: 'UUID of the volume on that cluster and of its NVMe namespace; hosts tell it by this.',
        resolve: ({ target }) => target.volumeUuid,
      }),
      devicePath: t.string({
        description: 'Where the volume appears on a host that is connected.',
        resolve: ({ target }) => devicePath(target),
      }),
      instructions: t.field({
        type: [hostInstructions],
        description: 'One for each host that the cluster has admitted; `attachVolume` admits others.',
        resolve: ({ target, hosts }) =>
          hosts.map((each) => ({ ...connectHost(target, each.nqn), host: each })),
      }),
    }),
  })

interface Reach {
  readonly reach: VolumeReach
  readonly hosts: readonly Host[]
}

const volumeReach = builder.objectRef<Reach>('VolumeReach').implement({
  description: 'The way to a volume, or why there is none now.',
  fields: (t) => ({
    target: t.field({
      type: volumeTargetType,
      nullable: true,
      description: 'The way; null while there is none.',
      resolve: ({ reach: { target }, hosts }) => target && { target, hosts },
    }),
    reason: t.string({
      nullable: true,
      description: 'Why there is none, for people; null when there is one.',
      resolve: ({ reach }) => reach.reason,
    }),
  }),
})

builder.objectField(volume, 'connection', (t) =>
  t.field({
    type: volumeReach,
    description: 'What a host needs to connect to it.',
    resolve: async (parent, _args, { loaders }) => {
      const [on, attachments] = await Promise.all([
        existing(loaders.cluster.load(parent.clusterId), parent.clusterId),
        loaders.attachments.load(parent.id),
      ])
      const admitted = attachments.filter(({ confirmedMode }) => confirmedMode !== null)
      const hosts = admitted.map(({ hostId }) => existing(loaders.host.load(hostId), hostId))
      return { reach: volumeTarget(parent, on), hosts: await Promise.all(hosts) }
    },
  }),
)
