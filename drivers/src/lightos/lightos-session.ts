import {
  type BackendSnapshotSpec,
  type BackendVolumeChanges,
  type BackendVolumeSpec,
  type ClusterIdentity,
  type ClusterSession,
  type ClusterStatistics,
  type ClusterTarget,
  DriverError,
} from '@flotilla/core/ports/cluster-driver'
import type { BackendSnapshot } from '@flotilla/core/snapshots/backend-snapshot'
import type { BackendVolume } from '@flotilla/core/volumes/backend-volume'
import { z } from 'zod'
import { ApiClient } from './api-client.ts'
import { nodesAnswer, statisticsAnswer, versionAnswer } from './cluster-answer.ts'
import { toDataPath } from './data-path.ts'
import { identityCall } from './identity-call.ts'
import { wireLabels } from './labels.ts'
import { listPages } from './list-pages.ts'
import type { Patience } from './patience.ts'
import { qosPoliciesAnswer } from './qos-policy-answer.ts'
import { replacingLabels } from './replacing-labels.ts'
import { snapshotAnswer, snapshotNamed, snapshotPageAnswer } from './snapshot-answer.ts'
import { volumeAnswer, volumeNamed, volumePageAnswer, volumeWithId, wireAccess } from './volume-answer.ts'

const API_VERSION = 'v2.0'

/** Asked of whatever cluster answers: our caller compares its identity. */
const READ_OF_ANY = { kind: 'READ', method: 'GET', anyCluster: true } as const

/** Updates and deletions answer an empty object. */
const doneAnswer = z.object({})

/** A session over the REST API v2. Volumes are changed under their UUID, whoever has their name by then. */
export class LightosSession implements ClusterSession {
  readonly #api: ApiClient

  /** Throws DriverError REFUSED when the target itself is unusable. */
  constructor(target: ClusterTarget) {
    this.#api = new ApiClient(target)
  }

  acceptedKeyId(): string | null {
    return this.#api.acceptedKeyId
  }

  async identify(signal?: AbortSignal): Promise<ClusterIdentity> {
    const patience = this.#api.patience(signal)
    const version = { ...READ_OF_ANY, path: '/version', answer: versionAnswer } as const
    const { apiVersion } = await this.#api.call(version, patience)
    if (apiVersion !== API_VERSION) {
      const message = `the cluster speaks API version ${apiVersion}, we speak ${API_VERSION}`
      throw new DriverError('REFUSED', 'UNSUPPORTED_VERSION', message)
    }
    return this.#api.call(identityCall, patience)
  }

  async observeStatistics(signal?: AbortSignal): Promise<ClusterStatistics> {
    const patience = this.#api.patience(signal)
    const [{ dataPath, ...cluster }, { nodes, nvmeEndpoints }] = await Promise.all([
      this.#api.call({ ...READ_OF_ANY, path: '/cluster', answer: statisticsAnswer }, patience),
      this.#api.call({ ...READ_OF_ANY, path: '/nodes', answer: nodesAnswer }, patience),
    ])
    return { ...cluster, nodes, dataPath: toDataPath({ ...dataPath, nvmeEndpoints }) }
  }

  listVolumes(signal?: AbortSignal): AsyncIterable<readonly BackendVolume[]> {
    return listPages(this.#api, '/volumes', volumePageAnswer, signal)
  }

  async findVolume(project: string, name: string, signal?: AbortSignal): Promise<BackendVolume | null> {
    return this.#findNamed(project, name, this.#api.patience(signal))
  }

  async findVolumeById(
    project: string,
    backendId: string,
    signal?: AbortSignal,
  ): Promise<BackendVolume | null> {
    const answer = volumeWithId(project, backendId)
    return this.#lookUp(pathOf({ project, backendId }), answer, this.#api.patience(signal))
  }

  async createVolume(spec: BackendVolumeSpec, signal?: AbortSignal): Promise<BackendVolume> {
    const patience = this.#api.patience(signal)
    const qosPolicyId = spec.qosPolicy && (await this.#findQosPolicy(spec.project, spec.qosPolicy, patience))
    const body = {
      name: spec.name,
      projectName: spec.project,
      size: `${spec.sizeBytes}b`,
      replicaCount: spec.replicas,
      compression: String(spec.compression),
      ...wireAccess({ hostNqns: [], addresses: 'ANY' }),
      labels: wireLabels(spec.labels),
      ...(qosPolicyId && { qosPolicyUUID: qosPolicyId }),
      ...(spec.sourceSnapshotId && { sourceSnapshotUUID: spec.sourceSnapshotId }),
    }
    const answer = volumeNamed(spec.project, spec.name)
    return this.#api.call(
      { kind: 'CREATE', method: 'POST', path: volumesOf(spec.project), body, answer },
      patience,
    )
  }

  async resizeVolume(
    volume: BackendVolume,
    sizeBytes: bigint,
    { shrink = false }: { readonly shrink?: boolean } = {},
    signal?: AbortSignal,
  ): Promise<void> {
    const patience = this.#api.patience(signal)
    const size = { size: `${sizeBytes}b`, ...(shrink && { Force: true }) }
    try {
      await this.#update(volume, size, patience)
    } catch (error) {
      if (!isRefusal(error, 'INVALID_ARGUMENT')) throw error
      const present = await this.#lookUp(pathOf(volume), volumeAnswer, patience)
      if (present?.sizeBytes !== sizeBytes) throw error
    }
  }

  async changeVolume(
    volume: BackendVolume,
    { name, compression, qosPolicy, labels, access }: BackendVolumeChanges,
    signal?: AbortSignal,
  ): Promise<void> {
    const patience = this.#api.patience(signal)
    const qosPolicyId = qosPolicy && (await this.#findQosPolicy(volume.project, qosPolicy, patience))
    const changes = {
      ...(name && { newName: name }),
      ...(qosPolicyId && { qosPolicyUUID: qosPolicyId }),
      // One of two fields that exclude each other, so that being there counts, even empty: none of its own.
      ...(qosPolicy === null && { qosPolicyName: '' }),
      ...(compression !== undefined && { compression: String(compression) }),
      ...(labels && { labels: replacingLabels(labels) }),
      ...(access && wireAccess(access)),
    }
    try {
      await this.#update(volume, changes, patience)
    } catch (error) {
      const isBusy = error instanceof DriverError && error.reason === 'BUSY'
      if (!name || !isBusy) throw error
      // A taken name is answered like an operation in progress.
      const holder = await this.#findNamed(volume.project, name, patience)
      if (!holder || holder.backendId === volume.backendId) throw error
      throw new DriverError('REFUSED', 'NAME_TAKEN', `another volume of the cluster is called "${name}"`)
    }
  }

  async restoreVolume(volume: BackendVolume, snapshotId: string, signal?: AbortSignal): Promise<void> {
    const body = { UUID: volume.backendId, projectName: volume.project, srcSnapshotUUID: snapshotId }
    const path = `${pathOf(volume)}/rollback`
    // The condition is not promised for this call; where it is heeded, a request that comes late does no harm. Our caller does not rely on it.
    await this.#api.call(
      { kind: 'CHANGE', method: 'PUT', path, body, ifMatch: volume.etag, answer: doneAnswer },
      this.#api.patience(signal),
    )
  }

  deleteVolume(volume: BackendVolume, signal?: AbortSignal): Promise<void> {
    return this.#delete(pathOf(volume), volumeAnswer, this.#api.patience(signal))
  }

  listSnapshots(project: string, signal?: AbortSignal): AsyncIterable<readonly BackendSnapshot[]> {
    return listPages(this.#api, snapshotsOf(project), snapshotPageAnswer, signal)
  }

  async findSnapshot(project: string, name: string, signal?: AbortSignal): Promise<BackendSnapshot | null> {
    // As for volumes; only that here the field is written with a capital.
    const path = `${snapshotsOf(project)}/?Name=${encodeURIComponent(name)}`
    return this.#lookUp(path, snapshotNamed(project, name), this.#api.patience(signal))
  }

  createSnapshot(spec: BackendSnapshotSpec, signal?: AbortSignal): Promise<BackendSnapshot> {
    const body = {
      name: spec.name,
      projectName: spec.project,
      sourceVolumeUUID: spec.volumeId,
      description: spec.description,
      ...(spec.retentionSeconds !== null && { retentionTime: `${spec.retentionSeconds}s` }),
    }
    const answer = snapshotNamed(spec.project, spec.name)
    return this.#api.call(
      { kind: 'CREATE', method: 'POST', path: snapshotsOf(spec.project), body, answer },
      this.#api.patience(signal),
    )
  }

  deleteSnapshot(snapshot: BackendSnapshot, signal?: AbortSignal): Promise<void> {
    const path = `${snapshotsOf(snapshot.project)}/${encodeURIComponent(snapshot.backendId)}`
    return this.#delete(path, snapshotAnswer, this.#api.patience(signal))
  }

  close(): Promise<void> {
    return this.#api.close()
  }

  /**
   * Asked first, because the answer to a create with an unknown one does not say which of its fields was unknown.
   *
   * @throws DriverError REFUSED/UNKNOWN_QOS_POLICY
   */
  async #findQosPolicy(project: string, name: string, patience: Patience): Promise<string> {
    const path = `/policies?name=${encodeURIComponent(name)}`
    const policies = await this.#api.call(
      { kind: 'READ', method: 'GET', path, answer: qosPoliciesAnswer },
      patience,
    )
    const found = policies.find(
      (policy) => policy.name === name && (policy.projects.length === 0 || policy.projects.includes(project)),
    )
    if (found) return found.backendId
    const message = `the cluster has no QoS policy "${name}" that project ${project} may use`
    throw new DriverError('REFUSED', 'UNKNOWN_QOS_POLICY', message)
  }

  #findNamed(project: string, name: string, patience: Patience): Promise<BackendVolume | null> {
    // The slash before the query is what makes it a look-up of one and not a listing.
    const path = `${volumesOf(project)}/?name=${encodeURIComponent(name)}`
    return this.#lookUp(path, volumeNamed(project, name), patience)
  }

  async #update(volume: BackendVolume, changes: object, patience: Patience): Promise<void> {
    const body = { UUID: volume.backendId, projectName: volume.project, ...changes }
    await this.#api.call(
      { kind: 'CHANGE', method: 'PUT', path: pathOf(volume), body, ifMatch: volume.etag, answer: doneAnswer },
      patience,
    )
  }

  async #delete(
    path: string,
    answer: z.ZodType<{ readonly state: string }>,
    patience: Patience,
  ): Promise<void> {
    try {
      await this.#api.call({ kind: 'CHANGE', method: 'DELETE', path, answer: doneAnswer }, patience)
    } catch (error) {
      if (isRefusal(error, 'NOT_FOUND')) return
      if (!isRefusal(error, 'INVALID_ARGUMENT')) throw error
      // Deleting what is being deleted is refused as a bad argument.
      const present = await this.#lookUp(path, answer, patience)
      if (present !== null && present.state !== 'DELETING') throw error
    }
  }

  /** `null` only on the API's own word that there is no such object. */
  async #lookUp<T>(path: string, answer: z.ZodType<T>, patience: Patience): Promise<T | null> {
    try {
      return await this.#api.call({ kind: 'READ', method: 'GET', path, answer }, patience)
    } catch (error) {
      if (isRefusal(error, 'NOT_FOUND')) return null
      throw error
    }
  }
}

function volumesOf(project: string): string {
  return `/projects/${encodeURIComponent(project)}/volumes`
}

function snapshotsOf(project: string): string {
  return `/projects/${encodeURIComponent(project)}/snapshots`
}

function pathOf({ project, backendId }: Pick<BackendVolume, 'project' | 'backendId'>): string {
  return `${volumesOf(project)}/${encodeURIComponent(backendId)}`
}

function isRefusal(error: unknown, reason: DriverError['reason']): boolean {
  return error instanceof DriverError && error.outcome === 'REFUSED' && error.reason === reason
}
