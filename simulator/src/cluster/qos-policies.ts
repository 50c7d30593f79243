import type { ClusterState } from './cluster-state.ts'
import { requireName } from './field-rules.ts'
import type { QosPolicyRecord } from './records.ts'
import { Refusal } from './refusal.ts'

const IOPS_STEP = 256

/** The part of a policy that its caller chooses. */
export type QosPolicyRequest = Omit<QosPolicyRecord, 'uuid' | 'etag'>

/** How a volume names its policy; both empty means the project's default applies. */
export interface QosPolicyReference {
  readonly projectName: string
  readonly qosPolicyUuid: string
  readonly qosPolicyName: string
}

/** The uuid of the policy that is named, or empty when none is. Refuses one that the project may not use. */
export function resolveQosPolicy(cluster: ClusterState, reference: QosPolicyReference): string {
  const { projectName, qosPolicyUuid, qosPolicyName } = reference
  if (!qosPolicyUuid && !qosPolicyName) return ''
  const policy = qosPolicyUuid
    ? cluster.qosPolicies.get(qosPolicyUuid)
    : [...cluster.qosPolicies.values()].find((candidate) => candidate.name === qosPolicyName)
  const isVisible = policy?.visibleToProjects.length === 0 || policy?.visibleToProjects.includes(projectName)
  if (!policy || !isVisible) {
    throw new Refusal('NotFound', `QoS policy "${qosPolicyUuid || qosPolicyName}" not found`)
  }
  return policy.uuid
}

export function findQosPolicy(cluster: ClusterState, uuid: string): QosPolicyRecord {
  const policy = cluster.qosPolicies.get(uuid)
  if (!policy) throw new Refusal('NotFound', `policy ${uuid} not found`)
  return policy
}

export function createQosPolicy(cluster: ClusterState, request: QosPolicyRequest): QosPolicyRecord {
  requirePolicy(cluster, request)
  const policy = { ...request, uuid: cluster.newUuid(), etag: 1 }
  cluster.qosPolicies.put(policy.uuid, policy)
  return policy
}

export function updateQosPolicy(
  cluster: ClusterState,
  uuid: string,
  changes: Partial<QosPolicyRequest>,
): void {
  const policy = findQosPolicy(cluster, uuid)
  const updated = { ...policy, ...changes, etag: policy.etag + 1 }
  requirePolicy(cluster, updated, uuid)
  cluster.qosPolicies.put(uuid, updated)
}

/** Refuses to delete a policy that a volume still uses. */
export function deleteQosPolicy(cluster: ClusterState, uuid: string): void {
  const policy = findQosPolicy(cluster, uuid)
  const isUsed = [...cluster.volumes.values()].some((volume) => volume.qosPolicyUuid === uuid)
  if (isUsed) throw new Refusal('InvalidArgument', `policy "${policy.name}" is in use`)
  cluster.qosPolicies.delete(uuid)
}

function requirePolicy(cluster: ClusterState, request: QosPolicyRequest, ownUuid = ''): void {
  requireName(request.name, 'policy name')
  const namesake = [...cluster.qosPolicies.values()].find((policy) => policy.name === request.name)
  if (namesake && namesake.uuid !== ownUuid) {
    throw new Refusal('AlreadyExists', `policy "${request.name}" already exists`)
  }
  const limits = [request.readLimit, request.writeLimit]
  if (request.limitKind === 'limitIOPS' && limits.some((limit) => limit % IOPS_STEP !== 0)) {
    throw new Refusal('InvalidArgument', `IOPS limits must be multiples of ${IOPS_STEP}`)
  }
}
