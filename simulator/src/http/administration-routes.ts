import { z } from 'zod'
import { createCredential, deleteCredential, findCredential } from '../cluster/credentials.ts'
import { findProject } from '../cluster/lookup.ts'
import { createProject, deleteProject, updateProject } from '../cluster/projects.ts'
import type { CredentialRecord, ProjectRecord } from '../cluster/records.ts'
import { parseFields, text } from './input-fields.ts'
import type { WireValue } from './render-json.ts'
import type { Route } from './route.ts'

const CREDENTIALS = '/api/v2/projects/:projectName/credentials'
const CREDENTIAL_TYPE_BY_NUMBER: Record<string, string> = {
  1: 'RS256PubKey',
  2: 'TlsCertChainPem',
  3: 'TlsPrivKeyPem',
}

const defaultPolicies = z.array(z.object({ policyType: text, policyUUID: text })).default([])
const nameSchema = z.object({ name: text })
const createProjectSchema = z.object({ name: text, description: text, defaultPolicies })
const updateProjectSchema = z.object({ projectName: text, defaultPolicies })
const projectSchema = z.object({ projectName: text })
const credentialSchema = z.object({ projectName: text, ID: text })
const createCredentialSchema = credentialSchema
  .extend({
    /** An enum: by name or by number. */
    type: z
      .union([z.string(), z.number()])
      .transform((type) => CREDENTIAL_TYPE_BY_NUMBER[type] ?? String(type)),
    payload: text,
  })
  .transform(({ ID, ...rest }) => ({ ...rest, id: ID }))

/** Projects (tenants), and the public keys whose tokens are accepted. */
export const administrationRoutes: readonly Route[] = [
  {
    operation: 'ListProjects',
    method: 'GET',
    paths: ['/api/v2/projects'],
    access: 'system',
    handle: ({ cluster }) => ({ projects: [...cluster.projects.after('')].map(projectJson) }),
  },
  {
    operation: 'GetProject',
    method: 'GET',
    // The contract calls the path field `name`; under this name a project's own tokens may read it.
    paths: ['/api/v2/projects/:projectName'],
    access: 'project',
    handle: ({ cluster, fields }) =>
      projectJson(findProject(cluster, parseFields(projectSchema, fields).projectName)),
  },
  {
    operation: 'CreateProject',
    method: 'POST',
    paths: ['/api/v2/projects'],
    access: 'system',
    handle: ({ cluster, fields }) =>
      projectJson(createProject(cluster, parseFields(createProjectSchema, fields))),
  },
  {
    operation: 'UpdateProject',
    method: 'PUT',
    paths: ['/api/v2/projects/:projectName'],
    access: 'system',
    handle({ cluster, fields, ifMatch }) {
      const request = parseFields(updateProjectSchema, fields)
      updateProject(cluster, request.projectName, request.defaultPolicies, ifMatch)
      return {}
    },
  },
  {
    operation: 'DeleteProject',
    method: 'DELETE',
    paths: ['/api/v2/projects/:name'],
    access: 'system',
    handle({ cluster, fields, ifMatch }) {
      deleteProject(cluster, parseFields(nameSchema, fields).name, ifMatch)
      return {}
    },
  },
  {
    operation: 'CreateCredential',
    method: 'POST',
    paths: [CREDENTIALS],
    access: 'project',
    handle: ({ cluster, fields }) =>
      credentialJson(createCredential(cluster, parseFields(createCredentialSchema, fields))),
  },
  {
    operation: 'ListCredentials',
    method: 'GET',
    paths: [CREDENTIALS],
    access: 'project',
    handle({ cluster, fields }) {
      const { projectName } = parseFields(projectSchema, fields)
      findProject(cluster, projectName)
      const credentials = [...cluster.credentials.after('')]
      return {
        credentials: credentials.filter((item) => item.projectName === projectName).map(credentialJson),
      }
    },
  },
  {
    operation: 'GetCredential',
    method: 'GET',
    paths: [`${CREDENTIALS}/:ID`],
    access: 'project',
    handle({ cluster, fields }) {
      const { projectName, ID } = parseFields(credentialSchema, fields)
      return credentialJson(findCredential(cluster, projectName, ID))
    },
  },
  {
    operation: 'DeleteCredential',
    method: 'DELETE',
    paths: [`${CREDENTIALS}/:ID`],
    access: 'project',
    handle({ cluster, fields, ifMatch }) {
      const { projectName, ID } = parseFields(credentialSchema, fields)
      deleteCredential(cluster, projectName, ID, ifMatch)
      return {}
    },
  },
]

function projectJson(project: ProjectRecord): WireValue {
  const { uuid, name, description } = project
  return {
    UUID: uuid,
    name,
    description,
    defaultPolicies: project.defaultPolicies.map((policy) => ({ ...policy })),
    ETag: String(project.etag),
  }
}

function credentialJson(credential: CredentialRecord): WireValue {
  const { projectName, id, type, payload } = credential
  return { projectName, ID: id, type, payload, kind: 'UserCreds' }
}
