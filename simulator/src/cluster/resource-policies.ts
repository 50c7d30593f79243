import type { ClusterState } from './cluster-state.ts'
import { requireName } from './field-rules.ts'
import { findProject, findVolume } from './lookup.ts'
import type { ResourcePolicyRecord } from './records.ts'
import { Refusal } from './refusal.ts'

export interface CreateResourcePolicyRequest {
  readonly name: string
  readonly projectName: string
  readonly description: string
  readonly resourceUuid: string
  readonly resourceName: string
  readonly schedulePolicy: unknown
}

export function createResourcePolicy(
  cluster: ClusterState,
  request: CreateResourcePolicyRequest,
): ResourcePolicyRecord {
  const { name, description, schedulePolicy } = request
  requireName(name, 'policy name')
  const { name: projectName } = findProject(cluster, request.projectName)
  const volume = findVolume(cluster, { uuid: request.resourceUuid, name: request.resourceName, projectName })
  const isTaken = listResourcePolicies(cluster, projectName).some((policy) => policy.name === name)
  if (isTaken) throw new Refusal('AlreadyExists', `policy "${name}" already exists`)
  const policy: ResourcePolicyRecord = {
    uuid: cluster.newUuid(),
    name,
    projectName,
    description,
    volumeUuid: volume.uuid,
    volumeName: volume.name,
    schedulePolicy,
  }
  cluster.resourcePolicies.put(policy.uuid, policy)
  return policy
}

export function listResourcePolicies(cluster: ClusterState, projectName: string): ResourcePolicyRecord[] {
  return [...cluster.resourcePolicies.after('')].filter((policy) => policy.projectName === projectName)
}

export function findResourcePolicy(
  cluster: ClusterState,
  projectName: string,
  uuid: string,
): ResourcePolicyRecord {
  const policy = cluster.resourcePolicies.get(uuid)
  if (policy?.projectName !== projectName) throw new Refusal('NotFound', `resource policy ${uuid} not found`)
  return policy
}
