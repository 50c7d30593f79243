import type { FleetCommands } from '@flotilla/core/ports/fleet-commands'
import type { FleetReader } from '@flotilla/core/ports/fleet-reader'
import type { HostCommands } from '@flotilla/core/ports/host-commands'

type HostReads = Pick<FleetReader, 'hostsByIds' | 'listHosts' | 'attachmentsByVolumeIds'>

/** A fleet that nobody attaches to. */
export const noHosts: HostReads = {
  hostsByIds: async (ids) => ids.map(() => null),
  listHosts: async () => ({ items: [], cursors: [], hasNextPage: false, totalCount: 0 }),
  attachmentsByVolumeIds: async (ids) => ids.map(() => []),
}

const refuse = () => Promise.reject(new Error('there are no hosts in memory'))

export const noHostCommands: Pick<FleetCommands, keyof HostCommands> = {
  registerHost: refuse,
  updateHost: refuse,
  deleteHost: refuse,
  attachVolume: refuse,
  detachVolume: refuse,
}
