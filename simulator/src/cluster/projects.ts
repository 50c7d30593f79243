import type { ClusterState } from './cluster-state.ts'
import { requireProjectName } from './field-rules.ts'
import { findProject, type IfMatch, requireMatch } from './lookup.ts'
import type { DefaultPolicy, ProjectRecord } from './records.ts'
import { Refusal } from './refusal.ts'

/** Holds the credentials of the cluster's own administrators, and no volumes. */
export const SYSTEM_PROJECT = 'system'
/** Exists on every cluster from its installation. */
export const DEFAULT_PROJECT = 'default'

const MAX_DESCRIPTION_BYTES = 256

export interface CreateProjectRequest {
  readonly name: string
  readonly description: string
  readonly defaultPolicies: readonly DefaultPolicy[]
}

export function createProject(cluster: ClusterState, request: CreateProjectRequest): ProjectRecord {
  requireProjectName(request.name)
  if (Buffer.byteLength(request.description) > MAX_DESCRIPTION_BYTES) {
    throw new Refusal('InvalidArgument', `description is longer than ${MAX_DESCRIPTION_BYTES} bytes`)
  }
  if (cluster.projects.get(request.name)) {
    throw new Refusal('AlreadyExists', `project "${request.name}" already exists`)
  }
  const project = { ...request, uuid: cluster.newUuid(), etag: 1 }
  cluster.projects.put(project.name, project)
  return project
}

/** An update changes the default policies and nothing else, as in the real API. */
export function updateProject(
  cluster: ClusterState,
  name: string,
  defaultPolicies: readonly DefaultPolicy[],
  ifMatch: IfMatch,
): void {
  const project = findProject(cluster, name)
  requireMatch(project, ifMatch)
  cluster.projects.put(name, { ...project, defaultPolicies, etag: project.etag + 1 })
}

/** Deletes an empty project with its credentials. Refuses the two that every cluster needs. */
export function deleteProject(cluster: ClusterState, name: string, ifMatch: IfMatch): void {
  const project = findProject(cluster, name)
  requireMatch(project, ifMatch)
  if (name === SYSTEM_PROJECT || name === DEFAULT_PROJECT) {
    throw new Refusal('InvalidArgument', `project "${name}" cannot be deleted`)
  }
  const contents = [...cluster.volumes.values(), ...cluster.snapshots.values()]
  if (contents.some((record) => record.projectName === name)) {
    throw new Refusal('InvalidArgument', `project "${name}" is not empty`)
  }
  for (const [key, credential] of [...cluster.credentials.entries()]) {
    if (credential.projectName === name) cluster.credentials.delete(key)
  }
  cluster.projects.delete(name)
}
