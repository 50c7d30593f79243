import type { SimulatedCluster } from '../simulated-cluster.ts'
import type { SimulatedFleet } from '../simulated-fleet.ts'

const SITES = ['north', 'south', 'west']
const RACKS_PER_SITE = 4
const TIERS = ['gold', 'silver']

/** What someone needs to register the fleet: an address, a pin and a token per cluster. Contains secrets. */
export function describeFleet(fleet: SimulatedFleet): unknown {
  return {
    controlUrl: fleet.controlUrl,
    clusters: fleet.clusters.map((cluster, index) => ({
      name: cluster.name,
      uuid: cluster.uuid,
      endpoint: cluster.endpoint,
      certificatePem: cluster.certificatePem,
      fingerprintSha256: cluster.fingerprintSha256,
      token: cluster.token,
      labels: suggestedLabels(index),
    })),
  }
}

/** A few lines for the terminal; long fleets are summed up. */
export function summarizeFleet(fleet: SimulatedFleet, writtenTo: string | undefined): string {
  const shown = fleet.clusters.slice(0, 10).map(({ name, endpoint }) => `  ${name}  ${endpoint}`)
  const hidden = fleet.clusters.length - shown.length
  return [
    `${fleet.clusters.length} simulated clusters are up, ${totalVolumes(fleet.clusters)} volumes in all:`,
    ...shown,
    ...(hidden > 0 ? [`  ... and ${hidden} more`] : []),
    `Control port: ${fleet.controlUrl}  (GET / explains it)`,
    writtenTo
      ? `Addresses, certificates and tokens: ${writtenTo}`
      : 'Use --write FILE to get certificates and ready tokens.',
    'Stop with Ctrl-C.',
  ].join('\n')
}

/** Clusters are dealt out over three sites, then racks and tiers, so that every policy finds some. */
function suggestedLabels(index: number): Record<string, string> {
  const site = SITES[index % SITES.length] ?? ''
  const rack = Math.floor(index / SITES.length) % RACKS_PER_SITE
  const tier = TIERS[Math.floor(index / SITES.length) % TIERS.length] ?? ''
  return { site, rack: `${site}-${rack + 1}`, tier }
}

function totalVolumes(clusters: readonly SimulatedCluster[]): number {
  return clusters.reduce((sum, cluster) => sum + cluster.volumeCount(), 0)
}
