import type { SimulatedCluster } from '@flotilla/simulator/simulated-cluster'
import { startSimulatedFleet } from '@flotilla/simulator/simulated-fleet'

/** What the program is told to change: this share of all volumes, at random over the fleet or whole clusters' ones. */
export interface ChangeOrder {
  readonly share: number
  readonly spread: 'ANYWHERE' | 'WHOLE_CLUSTERS'
}

/** Whether the first cluster says nothing any more. */
export interface SilenceOrder {
  readonly isFirstSilent: boolean
}

export interface FleetMember {
  readonly name: string
  readonly endpoint: string
  readonly fingerprintSha256: string
  readonly token: string
}

const GIB = 1n << 30n

/** The simulated clusters as a process of their own, so that what they cost is not counted. Takes orders. */
const [clusters = '0', volumesPerCluster = '0'] = process.argv.slice(2)
const fleet = await startSimulatedFleet({
  clusters: Number(clusters),
  volumesPerCluster: Number(volumesPerCluster),
})
process.on('message', (order: ChangeOrder | SilenceOrder) => {
  if ('isFirstSilent' in order) {
    void fleet.clusters[0]?.setConnectivity(order.isFirstSilent ? 'silent' : 'open')
    return
  }
  const { share, spread } = order
  for (const cluster of fleet.clusters) {
    if (spread === 'ANYWHERE') grow(cluster, () => Math.random() < share)
    else if (Math.random() < share) grow(cluster, () => true)
  }
})
process.on('disconnect', () => process.exit(0))
const members: FleetMember[] = fleet.clusters.map(({ name, endpoint, fingerprintSha256, token }) => {
  return { name, endpoint, fingerprintSha256, token }
})
process.send?.({ type: 'ready', members })

function grow(cluster: SimulatedCluster, isChosen: () => boolean): void {
  for (const { uuid, sizeBytes } of cluster.volumes()) {
    if (isChosen()) cluster.resizeVolume(uuid, sizeBytes + GIB)
  }
}
