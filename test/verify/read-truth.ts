import type {
  HistoryEntry,
  QosPolicyRecord,
  SnapshotDeletion,
  SnapshotRecord,
  VolumeRecord,
} from '@flotilla/simulator/cluster/records'
import type { ClusterTruth } from './truth.ts'

/** As JSON carries it. */
type Wire<T> = { readonly [Key in keyof T]: T[Key] extends bigint ? string : T[Key] }
type OfCluster<T> = Wire<T> & { readonly cluster: string }

interface Summary {
  readonly name: string
  readonly effectivePhysicalBytes: string
  readonly freePhysicalBytes: string
  readonly provisionedBytes: string
}

/**
 * Reads every cluster from the simulator's control port.
 *
 * @param controlUrl without a trailing slash
 * @throws Error when nobody answers there, or not as a simulator does
 */
export async function readTruth(controlUrl: string): Promise<readonly ClusterTruth[]> {
  const read = <T>(path: string) => readJson<T>(`${controlUrl}${path}`)
  const [{ clusters }, { volumes }, { snapshots }, { qosPolicies }, { history }, { snapshotDeletions }] =
    await Promise.all([
      read<{ clusters: readonly Summary[] }>('/clusters'),
      read<{ volumes: readonly OfCluster<VolumeRecord>[] }>('/clusters/all/volumes'),
      read<{ snapshots: readonly OfCluster<SnapshotRecord>[] }>('/clusters/all/snapshots'),
      read<{ qosPolicies: readonly OfCluster<QosPolicyRecord>[] }>('/clusters/all/qos-policies'),
      read<{ history: readonly OfCluster<HistoryEntry>[] }>('/clusters/all/history'),
      read<{ snapshotDeletions: readonly OfCluster<SnapshotDeletion>[] }>('/clusters/all/snapshot-deletions'),
    ])
  const of = <T extends { readonly cluster: string }>(all: readonly T[]) =>
    Map.groupBy(all, (each) => each.cluster)
  const [volumesOf, snapshotsOf, historyOf] = [of(volumes), of(snapshots), of(history)]
  const deletionsOf = of(snapshotDeletions)
  const qosNames = new Map(qosPolicies.map(({ uuid, name }) => [uuid, name]))
  return clusters.map(({ name, effectivePhysicalBytes, freePhysicalBytes, provisionedBytes }) => ({
    name,
    effectiveBytes: BigInt(effectivePhysicalBytes),
    freeBytes: BigInt(freePhysicalBytes),
    provisionedBytes: BigInt(provisionedBytes),
    volumes: (volumesOf.get(name) ?? []).map((volume) => ({
      ...volume,
      sizeBytes: BigInt(volume.sizeBytes),
      qosPolicy: qosNames.get(volume.qosPolicyUuid) ?? null,
    })),
    snapshots: (snapshotsOf.get(name) ?? []).map((each) => ({ ...each, sizeBytes: BigInt(each.sizeBytes) })),
    history: (historyOf.get(name) ?? []).map((entry) => ({ ...entry, sizeBytes: BigInt(entry.sizeBytes) })),
    snapshotDeletions: deletionsOf.get(name) ?? [],
  }))
}

async function readJson<T>(url: string): Promise<T> {
  const response = await fetch(url, { signal: AbortSignal.timeout(120_000) }).catch((error: Error) => {
    throw new Error(`no simulator answers at ${url}: ${error.message}`, { cause: error })
  })
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`)
  return (await response.json()) as T
}
