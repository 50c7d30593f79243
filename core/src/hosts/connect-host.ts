import type { VolumeTarget } from '../volumes/volume-target.ts'

/** How one host gets to a volume; each name and address in it is safe in a command line. */
export interface HostConnect {
  /** One for each data port; the primary copy's is the fastest path, so all belong to it. */
  readonly nvmeCliCommands: readonly string[]
  readonly discoveryFilePath: string
  readonly discoveryFile: string
}

/** Where the volume appears on a host that is connected. */
export function devicePath({ volumeUuid }: Pick<VolumeTarget, 'volumeUuid'>): string {
  return `/dev/disk/by-id/nvme-uuid.${volumeUuid}`
}

/** For nvme-cli, and for the daemon discovery-client (lightos-api.md section 10), which takes a file for each cluster. */
export function connectHost(target: VolumeTarget, hostNqn: string): HostConnect {
  const { subsystemNqn, volumeUuid } = target
  const lines = target.discoveryEndpoints
    .map(splitEndpoint)
    .map(({ address, port }) => `-t tcp -a ${address} -s ${port} -q ${hostNqn} -n ${subsystemNqn}\n`)
  return {
    nvmeCliCommands: target.nvmeEndpoints
      .map(splitEndpoint)
      .map(
        ({ address, port }) =>
          `nvme connect --transport=tcp --traddr=${address} --trsvcid=${port} --nqn=${subsystemNqn} --hostnqn=${hostNqn} --ctrl-loss-tmo=-1`,
      ),
    discoveryFilePath: `/etc/discovery-client/discovery.d/flotilla-${volumeUuid}.conf`,
    discoveryFile: lines.join(''),
  }
}

function splitEndpoint(endpoint: string): { readonly address: string; readonly port: string } {
  const colon = endpoint.lastIndexOf(':')
  return { address: endpoint.slice(0, colon).replace(/^\[|\]$/g, ''), port: endpoint.slice(colon + 1) }
}
