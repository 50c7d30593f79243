import type { ClusterDriver, ClusterSession, ClusterTarget } from '@flotilla/core/ports/cluster-driver'
import { driverFor } from '@flotilla/drivers/driver-registry'
import type { FleetOptions } from '@flotilla/simulator/fleet/fleet-options'
import type { SimulatedCluster } from '@flotilla/simulator/simulated-cluster'
import { type SimulatedFleet, startSimulatedFleet } from '@flotilla/simulator/simulated-fleet'
import { onTestFinished } from 'vitest'

export interface DriverUnderTest {
  readonly driver: ClusterDriver
  readonly startFleet: (options: FleetOptions) => Promise<SimulatedFleet>
}

/** One line for each driver, with the simulator that speaks its protocol. */
export const driversUnderTest: readonly DriverUnderTest[] = [
  { driver: driverFor('lightos'), startFleet: startSimulatedFleet },
]

/** A cluster of its own for one test. */
export async function startCluster(
  { startFleet }: DriverUnderTest,
  options: Omit<FleetOptions, 'clusters'> = {},
): Promise<SimulatedCluster> {
  const fleet = await startFleet({ clusters: 1, ...options })
  onTestFinished(() => fleet.close())
  return clusterAt(fleet, 0)
}

/** Two clusters that accept the same token. */
export async function startTwoClusters({
  startFleet,
}: DriverUnderTest): Promise<[SimulatedCluster, SimulatedCluster]> {
  const fleet = await startFleet({ clusters: 2 })
  onTestFinished(() => fleet.close())
  return [clusterAt(fleet, 0), clusterAt(fleet, 1)]
}

function clusterAt({ clusters }: SimulatedFleet, index: number): SimulatedCluster {
  const cluster = clusters[index]
  if (!cluster) throw new Error(`the fleet has no cluster ${index}`)
  return cluster
}

/** Everything right, so that a test only says what it changes. */
export function targetOf(cluster: SimulatedCluster): ClusterTarget {
  return {
    endpoints: [cluster.endpoint],
    tls: { mode: 'PINNED', certificateSha256: cluster.fingerprintSha256 },
    credential: { kind: 'TOKEN', token: cluster.token },
    requestTimeoutMs: 5_000,
    expectedBackendId: cluster.uuid,
  }
}

/** A session that is closed when the test ends. */
export function connect(
  { driver }: DriverUnderTest,
  cluster: SimulatedCluster,
  changes: Partial<ClusterTarget> = {},
): ClusterSession {
  const session = driver.connect({ ...targetOf(cluster), ...changes })
  onTestFinished(() => session.close())
  return session
}
