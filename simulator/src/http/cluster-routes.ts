import { z } from 'zod'
import type { ClusterState } from '../cluster/cluster-state.ts'
import type { NodeRecord } from '../cluster/records.ts'
import { Refusal } from '../cluster/refusal.ts'
import { clusterCapacity, nodeCapacity } from '../cluster/statistics.ts'
import { parseFields, text } from './input-fields.ts'
import type { WireValue } from './render-json.ts'
import type { Route } from './route.ts'

const LIGHTOS_VERSION = '3.18.1'
const nodeQuerySchema = z.object({ name: text, UUID: text, failureDomain: text })
const serverQuerySchema = z.object({ UUID: text, Name: text })

/** The cluster itself, its nodes and servers: what a poll reads. */
export const clusterRoutes: readonly Route[] = [
  {
    operation: 'GetVersion',
    method: 'GET',
    paths: ['/api/v2/version'],
    // Our choice, undocumented for the real API: the version probe needs no token.
    access: 'open',
    handle: () => ({ apiVersion: 'v2.0' }),
  },
  {
    operation: 'GetCluster',
    method: 'GET',
    paths: ['/api/v2/cluster'],
    access: 'system',
    handle: ({ cluster }) => ({
      ...commonInfo(cluster),
      statistics: { ...clusterCapacity(cluster) },
      health: { ...cluster.health() },
      MinVersionInCluster: LIGHTOS_VERSION,
      MinAllowedVersion: LIGHTOS_VERSION,
      MaxAllowedVersion: LIGHTOS_VERSION,
    }),
  },
  {
    operation: 'GetClusterInfo',
    method: 'GET',
    paths: ['/api/v2/clusterinfo'],
    access: 'anyToken',
    handle: ({ cluster }) => ({
      ...commonInfo(cluster),
      nvmeEndpoints: [...cluster.nodes.values()].map((node) => node.nvmeEndpoint),
    }),
  },
  {
    operation: 'ListNodes',
    method: 'GET',
    paths: ['/api/v2/nodes'],
    access: 'anyToken',
    handle: ({ cluster, fields }) => ({
      nodes: selectNodes(cluster, fields).map((node) => nodeJson(cluster, node)),
    }),
  },
  {
    operation: 'GetNode',
    method: 'GET',
    paths: ['/api/v2/nodes/:UUID'],
    access: 'anyToken',
    handle({ cluster, fields }) {
      const [node] = selectNodes(cluster, fields)
      if (!node) throw new Refusal('NotFound', 'node not found')
      return nodeJson(cluster, node)
    },
  },
  {
    operation: 'ListServers',
    method: 'GET',
    paths: ['/api/v2/servers'],
    access: 'system',
    handle: ({ cluster, fields }) => ({
      servers: selectServers(cluster, fields).map((node) => serverJson(cluster, node)),
    }),
  },
  {
    operation: 'GetServer',
    method: 'GET',
    paths: ['/api/v2/servers/:UUID'],
    access: 'system',
    handle({ cluster, fields }) {
      const [node] = selectServers(cluster, fields)
      if (!node) throw new Refusal('NotFound', 'server not found')
      return serverJson(cluster, node)
    },
  },
]

function commonInfo(cluster: ClusterState): Record<string, WireValue> {
  const { uuid, name, subsystemNqn, apiEndpoint } = cluster.identity
  return {
    UUID: uuid,
    subsystemNQN: subsystemNqn,
    currentMaxReplicas: cluster.currentMaxReplicas(),
    supportedMaxReplicas: cluster.settings.supportedMaxReplicas,
    ETag: '1',
    apiEndpoints: [apiEndpoint],
    discoveryEndpoints: [...cluster.nodes.values()].map((node) =>
      node.nvmeEndpoint.replace(':4420', ':8009'),
    ),
    clusterName: name,
  }
}

/** The query names at most one of its fields; all nodes when it names none. */
function selectNodes(cluster: ClusterState, fields: Readonly<Record<string, unknown>>): NodeRecord[] {
  const { name, UUID, failureDomain } = parseFields(nodeQuerySchema, fields)
  if ([name, UUID, failureDomain].filter(Boolean).length > 1) {
    throw new Refusal('InvalidArgument', 'give one of name, UUID and failureDomain')
  }
  return [...cluster.nodes.after('')].filter(
    (node) =>
      (!name || node.name === name) &&
      (!UUID || node.uuid === UUID) &&
      (!failureDomain || node.failureDomains.includes(failureDomain)),
  )
}

function nodeJson(cluster: ClusterState, node: NodeRecord): WireValue {
  const { installedPhysicalStorage: _, ...statistics } = nodeCapacity(cluster, node.uuid)
  return {
    name: node.name,
    UUID: node.uuid,
    state: node.state,
    nvmeEndpoint: node.nvmeEndpoint,
    failureDomains: node.failureDomains,
    hostname: node.hostname,
    numManagedDevices: 12,
    maxNvmeDevices: 24,
    statistics,
    serverUUID: node.serverUuid,
    ETag: String(node.etag),
    readOnly: cluster.freePhysicalBytes() === 0n,
  }
}

/** Each server carries one node, so a server is read from its node. */
function selectServers(cluster: ClusterState, fields: Readonly<Record<string, unknown>>): NodeRecord[] {
  const { UUID, Name } = parseFields(serverQuerySchema, fields)
  return [...cluster.nodes.after('')].filter(
    (node) => (!UUID || node.serverUuid === UUID) && (!Name || node.hostname === Name),
  )
}

function serverJson(cluster: ClusterState, node: NodeRecord): WireValue {
  return {
    UUID: node.serverUuid,
    name: node.hostname,
    RiskOfServiceLossState: cluster.inactiveNodes.size === 0 ? 'NoRiskOfServiceLoss' : 'InRiskOfServiceLoss',
    NodesUUIDs: [node.uuid],
    state: 'Enabled',
    ServerEndpoints: [node.nvmeEndpoint.replace(':4420', '')],
    ETag: String(node.etag),
    LightOSVersion: LIGHTOS_VERSION,
    ApiEndpoints: [cluster.identity.apiEndpoint],
  }
}
