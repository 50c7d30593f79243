import type { SimulatedCluster } from '@flotilla/simulator/simulated-cluster'
import type pg from 'pg'
import type { Stack } from './stack.ts'

interface VolumeRow {
  id: string
  cluster: string
  backend_name: string
  state: string
  size_bytes: bigint
  replicas: number
}

interface CapacityRow {
  cluster: string
  provisioned_bytes: bigint
  pending_bytes: bigint
  owed_bytes: bigint
}

/**
 * Holds the records against the simulated clusters' own state and past, rule by rule of design.md section 3. Answers one
 * line for each contradiction; none when all is well. To be asked when nothing is under way.
 */
export async function checkFleet({ sql, fleet }: Stack): Promise<string[]> {
  const volumes = await readVolumes(sql)
  const capacities = await readCapacities(sql)
  return [
    ...fleet.clusters.flatMap((cluster) => checkLedger(cluster, capacities)),
    ...checkVolumes(volumes, fleet.clusters),
    ...checkNeverTwo(fleet.clusters),
  ]
}

async function readVolumes(sql: pg.Pool): Promise<VolumeRow[]> {
  const { rows } = await sql.query<VolumeRow>(
    `SELECT volume.id, cluster.name AS cluster, backend_name, state, size_bytes, replicas
     FROM volume JOIN cluster ON cluster.id = cluster_id`,
  )
  return rows
}

async function readCapacities(sql: pg.Pool): Promise<CapacityRow[]> {
  const { rows } = await sql.query<CapacityRow>(
    `SELECT cluster.name AS cluster, provisioned_bytes, pending_bytes,
            coalesce((SELECT sum(greatest(0, size_bytes * replicas - observed_bytes)) FROM volume
                      WHERE cluster_id = cluster.id AND state NOT IN ('DELETED', 'FAILED')), 0)::bigint AS owed_bytes
     FROM cluster JOIN cluster_capacity ON cluster_capacity.cluster_id = cluster.id`,
  )
  return rows
}

/** Rule 4: at rest nothing is pending, and what counts as provisioned is the cluster's truth byte for byte. */
function checkLedger(cluster: SimulatedCluster, capacities: readonly CapacityRow[]): string[] {
  const row = capacities.find((each) => each.cluster === cluster.name)
  if (!row) return [`rule 4: ${cluster.name} has no ledger row`]
  const faults: string[] = []
  if (row.pending_bytes !== row.owed_bytes) {
    faults.push(`rule 4: ${cluster.name} has ${row.pending_bytes} pending, its volumes owe ${row.owed_bytes}`)
  }
  if (row.pending_bytes !== 0n) faults.push(`rule 4: ${cluster.name} still has ${row.pending_bytes} pending`)
  if (row.provisioned_bytes !== cluster.provisionedBytes()) {
    faults.push(
      `rule 4: ${cluster.name} is recorded with ${row.provisioned_bytes}, it has ${cluster.provisionedBytes()}`,
    )
  }
  return faults
}

/** Rules 1, 2 and 13: each volume is where it is said to be, once and whole; and nothing of ours is left without a record. */
function checkVolumes(volumes: readonly VolumeRow[], clusters: readonly SimulatedCluster[]): string[] {
  const onClusters = new Map<string, { cluster: string; sizeBytes: bigint; replicas: number }[]>()
  for (const cluster of clusters) {
    for (const { name, sizeBytes, replicaCount } of cluster.volumes()) {
      const places = onClusters.get(name) ?? []
      onClusters.set(name, [...places, { cluster: cluster.name, sizeBytes, replicas: replicaCount }])
    }
  }
  const faults = volumes.flatMap((volume) => checkVolume(volume, onClusters.get(volume.backend_name) ?? []))
  const known = new Set(volumes.map((volume) => volume.backend_name))
  for (const name of onClusters.keys()) {
    if (name.startsWith('flo-') && !known.has(name))
      faults.push(`rule 2: ${name} is on a cluster without a record`)
  }
  return faults
}

function checkVolume(
  volume: VolumeRow,
  places: readonly { cluster: string; sizeBytes: bigint; replicas: number }[],
): string[] {
  const wanted = volume.state === 'AVAILABLE' ? 1 : 0
  if (!['AVAILABLE', 'DELETED', 'FAILED'].includes(volume.state)) {
    return [`rule 1: ${volume.id} is ${volume.state}, which is not final`]
  }
  if (places.length !== wanted) {
    return [`rule 2: ${volume.id} is ${volume.state} and exists ${places.length} times`]
  }
  const [place] = places
  if (place && (place.cluster !== volume.cluster || place.sizeBytes !== volume.size_bytes)) {
    return [
      `rule 9: ${volume.id} should be on ${volume.cluster} with ${volume.size_bytes} bytes, is on ${place.cluster} with ${place.sizeBytes}`,
    ]
  }
  return []
}

/** Rule 2 over the past: at no instant did two clusters hold one of our volumes. */
function checkNeverTwo(clusters: readonly SimulatedCluster[]): string[] {
  const happenings = clusters
    .flatMap((cluster) => cluster.history().map((entry) => ({ ...entry, cluster: cluster.name })))
    .filter((entry) => entry.volumeName.startsWith('flo-'))
    .sort((a, b) => a.sequence - b.sequence)
  const present = new Map<string, number>()
  const faults: string[] = []
  for (const { volumeName, kind, cluster } of happenings) {
    const change = kind === 'created' ? 1 : kind === 'gone' ? -1 : 0
    const count = (present.get(volumeName) ?? 0) + change
    present.set(volumeName, count)
    if (count > 1) faults.push(`rule 2: ${volumeName} existed ${count} times when ${cluster} made it`)
  }
  return faults
}
