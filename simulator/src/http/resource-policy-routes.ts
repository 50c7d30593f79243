import { z } from 'zod'
import type { ResourcePolicyRecord } from '../cluster/records.ts'
import {
  createResourcePolicy,
  findResourcePolicy,
  listResourcePolicies,
} from '../cluster/resource-policies.ts'
import { parseFields, text } from './input-fields.ts'
import type { WireValue } from './render-json.ts'
import type { Route } from './route.ts'

const COLLECTION = '/api/v2/projects/:projectName/resourcePolicies'
const ONE = `${COLLECTION}/:UUID`

const schedule = z.record(z.string(), z.json()).optional()
const oneSchema = z.object({ projectName: text, UUID: text })
const listSchema = z.object({ projectName: text })
const updateSchema = oneSchema.extend({ description: text, schedulePolicy: schedule })
const createSchema = z
  .object({
    name: text,
    projectName: text,
    description: text,
    resourceUUID: text,
    resourceName: text,
    schedulePolicy: schedule,
  })
  .transform(({ resourceUUID, schedulePolicy, ...rest }) => ({
    ...rest,
    resourceUuid: resourceUUID,
    schedulePolicy,
  }))

/** Snapshot schedules. They are kept and answered; no snapshot is ever taken from them. */
export const resourcePolicyRoutes: readonly Route[] = [
  {
    operation: 'CreateResourcePolicy',
    method: 'POST',
    paths: [COLLECTION],
    access: 'project',
    handle: ({ cluster, fields }) =>
      resourcePolicyJson(createResourcePolicy(cluster, parseFields(createSchema, fields))),
  },
  {
    operation: 'ListResourcePolicies',
    method: 'GET',
    paths: [COLLECTION],
    access: 'project',
    handle({ cluster, fields }) {
      const { projectName } = parseFields(listSchema, fields)
      return { resourcePolicies: listResourcePolicies(cluster, projectName).map(resourcePolicyJson) }
    },
  },
  {
    operation: 'GetResourcePolicy',
    method: 'GET',
    paths: [ONE],
    access: 'project',
    handle({ cluster, fields }) {
      const { projectName, UUID } = parseFields(oneSchema, fields)
      return resourcePolicyJson(findResourcePolicy(cluster, projectName, UUID))
    },
  },
  {
    operation: 'UpdateResourcePolicy',
    method: 'PUT',
    paths: [ONE],
    access: 'project',
    handle({ cluster, fields }) {
      const { projectName, UUID, description, schedulePolicy } = parseFields(updateSchema, fields)
      const policy = findResourcePolicy(cluster, projectName, UUID)
      cluster.resourcePolicies.put(UUID, {
        ...policy,
        ...(description && { description }),
        ...(schedulePolicy && { schedulePolicy }),
      })
      return {}
    },
  },
  {
    operation: 'DeleteResourcePolicy',
    method: 'DELETE',
    paths: [ONE],
    access: 'project',
    handle({ cluster, fields }) {
      const { projectName, UUID } = parseFields(oneSchema, fields)
      cluster.resourcePolicies.delete(findResourcePolicy(cluster, projectName, UUID).uuid)
      return {}
    },
  },
]

function resourcePolicyJson(policy: ResourcePolicyRecord): WireValue {
  return {
    UUID: policy.uuid,
    name: policy.name,
    resourceUUID: policy.volumeUuid,
    resourceName: policy.volumeName,
    projectName: policy.projectName,
    // What came in as JSON goes out as JSON.
    schedulePolicy: policy.schedulePolicy as WireValue,
    description: policy.description,
    state: 'Active',
  }
}
