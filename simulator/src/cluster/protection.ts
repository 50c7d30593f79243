import type { VolumeRecord } from './records.ts'

export type ProtectionState = 'Unknown' | 'FullyProtected' | 'Degraded' | 'ReadOnly' | 'NotAvailable'

/** How safe a volume's data is, given the nodes that are down and whether physical space has run out. */
export function protectionOf(
  volume: VolumeRecord,
  inactiveNodes: ReadonlySet<string>,
  physicallyFull: boolean,
): ProtectionState {
  if (volume.state === 'Creating') return 'Unknown'
  const lost =
    inactiveNodes.size === 0 ? 0 : volume.nodeUuids.filter((uuid) => inactiveNodes.has(uuid)).length
  if (lost === volume.nodeUuids.length) return 'NotAvailable'
  if (physicallyFull) return 'ReadOnly'
  return lost > 0 ? 'Degraded' : 'FullyProtected'
}
