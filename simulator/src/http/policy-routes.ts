import { z } from 'zod'
import { createQosPolicy, deleteQosPolicy, findQosPolicy, updateQosPolicy } from '../cluster/qos-policies.ts'
import type { QosLimitKind, QosPolicyRecord } from '../cluster/records.ts'
import { Refusal } from '../cluster/refusal.ts'
import { parseFields, text, uint } from './input-fields.ts'
import type { WireValue } from './render-json.ts'
import type { Route } from './route.ts'

const COLLECTION = '/api/v2/policies'
const ONE = `${COLLECTION}/:UUID`

const rateLimitSchema = z
  .object({
    projectsNamesScope: z.array(z.string()).default([]),
    limitIOPS: z.object({ readIOPSLimit: uint, writeIOPSLimit: uint }).optional(),
    limitBw: z.object({ readBWLimit: uint, writeBWLimit: uint }).optional(),
    limitIOPSPerGB: z.object({ readIOPSPerGBLimit: uint, writeIOPSPerGBLimit: uint }).optional(),
  })
  .transform(({ projectsNamesScope, limitIOPS, limitBw, limitIOPSPerGB }) => {
    const visibleToProjects = projectsNamesScope
    if (limitIOPS) {
      return { visibleToProjects, ...limits('limitIOPS', limitIOPS.readIOPSLimit, limitIOPS.writeIOPSLimit) }
    }
    if (limitBw) return { visibleToProjects, ...limits('limitBw', limitBw.readBWLimit, limitBw.writeBWLimit) }
    if (limitIOPSPerGB) {
      const { readIOPSPerGBLimit, writeIOPSPerGBLimit } = limitIOPSPerGB
      return { visibleToProjects, ...limits('limitIOPSPerGB', readIOPSPerGBLimit, writeIOPSPerGBLimit) }
    }
    throw new Refusal('InvalidArgument', 'a rate limit is required')
  })

const createSchema = z.object({ name: text, description: text, qoSRateLimitPolicy: rateLimitSchema })
const updateSchema = z.object({
  UUID: text,
  name: text,
  description: text,
  qoSRateLimitPolicy: rateLimitSchema.optional(),
})
const listSchema = z.object({ UUID: text, name: text, projectName: text })
const oneSchema = z.object({ UUID: text })

/** QoS rate-limit policies of the cluster. */
export const policyRoutes: readonly Route[] = [
  {
    operation: 'CreatePolicy',
    method: 'POST',
    paths: [COLLECTION],
    access: 'system',
    handle({ cluster, fields }) {
      const { name, description, qoSRateLimitPolicy } = parseFields(createSchema, fields)
      return policyJson(createQosPolicy(cluster, { name, description, ...qoSRateLimitPolicy }))
    },
  },
  {
    operation: 'ListPolicies',
    method: 'GET',
    paths: [COLLECTION],
    access: 'system',
    handle({ cluster, fields }) {
      const { UUID, name, projectName } = parseFields(listSchema, fields)
      const policies = [...cluster.qosPolicies.after('')].filter(
        (policy) =>
          (!UUID || policy.uuid === UUID) &&
          (!name || policy.name === name) &&
          (!projectName || isVisibleTo(policy, projectName)),
      )
      return { policies: policies.map(policyJson) }
    },
  },
  {
    operation: 'GetPolicy',
    method: 'GET',
    paths: [ONE],
    access: 'system',
    handle: ({ cluster, fields }) => policyJson(findQosPolicy(cluster, parseFields(oneSchema, fields).UUID)),
  },
  {
    operation: 'UpdatePolicy',
    method: 'PUT',
    paths: [ONE],
    access: 'system',
    handle({ cluster, fields }) {
      const { UUID, name, description, qoSRateLimitPolicy } = parseFields(updateSchema, fields)
      const texts = { ...(name && { name }), ...(description && { description }) }
      updateQosPolicy(cluster, UUID, { ...texts, ...qoSRateLimitPolicy })
      return {}
    },
  },
  {
    operation: 'DeletePolicy',
    method: 'DELETE',
    paths: [ONE],
    access: 'system',
    handle({ cluster, fields }) {
      deleteQosPolicy(cluster, parseFields(oneSchema, fields).UUID)
      return {}
    },
  },
]

function limits(limitKind: QosLimitKind, readLimit: number, writeLimit: number) {
  return { limitKind, readLimit, writeLimit }
}

function isVisibleTo(policy: QosPolicyRecord, projectName: string): boolean {
  return policy.visibleToProjects.length === 0 || policy.visibleToProjects.includes(projectName)
}

function policyJson(policy: QosPolicyRecord): WireValue {
  return {
    UUID: policy.uuid,
    name: policy.name,
    description: policy.description,
    state: 'Active',
    QoSRateLimitPolicy: {
      projectsNamesScope: policy.visibleToProjects,
      policyVisibility: policy.visibleToProjects.length > 0 ? 'Scoped' : 'Global',
      [policy.limitKind]: limitJson(policy),
    },
  }
}

function limitJson({ limitKind, readLimit, writeLimit }: QosPolicyRecord): WireValue {
  switch (limitKind) {
    case 'limitIOPS':
      return { readIOPSLimit: readLimit, writeIOPSLimit: writeLimit }
    case 'limitBw':
      return { readBWLimit: readLimit, writeBWLimit: writeLimit }
    case 'limitIOPSPerGB':
      return { readIOPSPerGBLimit: readLimit, writeIOPSPerGBLimit: writeLimit }
  }
}
