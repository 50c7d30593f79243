import {
  type BackendVolumeChanges,
  type BackendVolumeSpec,
  type ClusterIdentity,
  type ClusterSession,
  type ClusterStatistics,
  DriverError,
} from '@flotilla/core/ports/cluster-driver'
import type { BackendSnapshot } from '@flotilla/core/snapshots/backend-snapshot'
import type { BackendVolume } from '@flotilla/core/volumes/backend-volume'
import type { ModelCluster } from './model-cluster.ts'
import type { Transport } from './transport.ts'

/** The driver's port straight onto a model cluster, through a transport that may do anything to a request. */
export class ModelSession implements ClusterSession {
  readonly #cluster: ModelCluster
  readonly #transport: Transport
  readonly #expectedBackendId: string | null

  constructor(cluster: ModelCluster, transport: Transport, expectedBackendId: string | null) {
    this.#cluster = cluster
    this.#transport = transport
    this.#expectedBackendId = expectedBackendId
  }

  acceptedKeyId(): null {
    return null
  }

  async identify(signal?: AbortSignal): Promise<ClusterIdentity> {
    return (await this.observeStatistics(signal)).identity
  }

  observeStatistics(signal?: AbortSignal): Promise<ClusterStatistics> {
    return this.#transport.send(this.#cluster, 'READ', 'statistics', signal, () => {
      const statistics = this.#cluster.statistics()
      const backendId = this.#transport.identityOf(this.#cluster)
      return { ...statistics, identity: { ...statistics.identity, backendId } }
    })
  }

  async *listVolumes(signal?: AbortSignal): AsyncIterable<readonly BackendVolume[]> {
    yield await this.#read('list', signal, () => [...this.#cluster.volumes.values()])
  }

  findVolume(project: string, name: string, signal?: AbortSignal): Promise<BackendVolume | null> {
    return this.#read(`find ${name}`, signal, () => this.#cluster.find(project, name))
  }

  findVolumeById(project: string, backendId: string, signal?: AbortSignal): Promise<BackendVolume | null> {
    return this.#read(`find ${backendId}`, signal, () => this.#cluster.findById(project, backendId))
  }

  createVolume(spec: BackendVolumeSpec, signal?: AbortSignal): Promise<BackendVolume> {
    const create = () => this.#cluster.create(spec, 'US')
    return this.#ask('CREATE', `create ${spec.name}`, signal, create)
  }

  resizeVolume(
    volume: BackendVolume,
    sizeBytes: bigint,
    _options?: object,
    signal?: AbortSignal,
  ): Promise<void> {
    const resize = () => this.#cluster.change(volume.backendId, { sizeBytes }, volume.etag, 'US')
    const grows = sizeBytes > volume.sizeBytes
    return this.#ask('CHANGE', `resize ${volume.name} to ${sizeBytes}`, signal, resize, grows)
  }

  changeVolume(volume: BackendVolume, changes: BackendVolumeChanges, signal?: AbortSignal): Promise<void> {
    const { labels = volume.labels, compression = volume.compression } = changes
    const change = () => this.#cluster.change(volume.backendId, { labels, compression }, volume.etag, 'US')
    return this.#ask('CHANGE', `change ${volume.name}`, signal, change)
  }

  deleteVolume(volume: BackendVolume, signal?: AbortSignal): Promise<void> {
    const remove = () => this.#cluster.delete(volume.backendId, 'US')
    return this.#ask('CHANGE', `delete ${volume.name}`, signal, remove)
  }

  // There are no snapshots in the simulation yet.
  async *listSnapshots(): AsyncIterable<readonly BackendSnapshot[]> {}

  restoreVolume(): Promise<void> {
    throw new DriverError('REFUSED', 'INVALID_ARGUMENT', 'has no snapshots')
  }

  findSnapshot(): Promise<null> {
    return Promise.resolve(null)
  }

  createSnapshot(): Promise<BackendSnapshot> {
    throw new DriverError('REFUSED', 'INVALID_ARGUMENT', 'has no snapshots')
  }

  deleteSnapshot(): Promise<void> {
    return Promise.resolve()
  }

  close(): Promise<void> {
    return Promise.resolve()
  }

  #read<T>(what: string, signal: AbortSignal | undefined, answer: () => T): Promise<T> {
    return this.#ask('READ', what, signal, answer)
  }

  /** Nothing about volumes goes to a cluster that shows another identity. */
  #ask<T>(
    kind: 'READ' | 'CREATE' | 'CHANGE',
    what: string,
    signal: AbortSignal | undefined,
    carryOut: () => T,
    takesSpace?: boolean,
  ): Promise<T> {
    const expected = this.#expectedBackendId
    if (expected !== null && expected !== this.#transport.identityOf(this.#cluster)) {
      return this.#transport.send(this.#cluster, 'READ', what, signal, () => {
        throw new DriverError('UNAVAILABLE', 'WRONG_CLUSTER', 'leads to another cluster')
      })
    }
    return this.#transport.send(this.#cluster, kind, what, signal, carryOut, takesSpace)
  }
}
