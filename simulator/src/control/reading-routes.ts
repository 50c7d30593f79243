import type { SimulatedCluster } from '../simulated-cluster.ts'
import type { ControlRoute } from './control-route.ts'

/** Looking at the fleet. */
export const readingRoutes: readonly ControlRoute[] = [
  {
    method: 'GET',
    path: '/clusters',
    summary: 'every cluster: identity, address, figures, faults',
    handle: ({ clusters }) => ({ clusters: clusters.map(clusterSummary) }),
  },
  {
    method: 'GET',
    path: '/clusters/:name',
    summary: 'the same for one cluster, with its nodes and certificate',
    handle: ({ clusters }) => ({
      clusters: clusters.map((cluster) => ({
        ...clusterSummary(cluster),
        nodes: cluster.nodes(),
        certificatePem: cluster.certificatePem,
      })),
    }),
  },
  {
    method: 'GET',
    path: '/clusters/:name/volumes',
    summary: 'its volumes at this moment, in whatever state',
    handle: ({ clusters }) => ({
      volumes: clusters.flatMap((cluster) =>
        cluster.volumes().map((volume) => ({ cluster: cluster.name, ...volume })),
      ),
    }),
  },
  {
    method: 'GET',
    path: '/clusters/:name/snapshots',
    summary: 'its snapshots at this moment, in whatever state',
    handle: ({ clusters }) => ({
      snapshots: clusters.flatMap((cluster) =>
        cluster.snapshots().map((snapshot) => ({ cluster: cluster.name, ...snapshot })),
      ),
    }),
  },
  {
    method: 'GET',
    path: '/clusters/:name/qos-policies',
    summary: 'the QoS policies that volumes name by their uuid',
    handle: ({ clusters }) => ({
      qosPolicies: clusters.flatMap((cluster) =>
        cluster.qosPolicies().map((policy) => ({ cluster: cluster.name, ...policy })),
      ),
    }),
  },
  {
    method: 'GET',
    path: '/clusters/:name/history',
    summary: 'what happened to its volumes, in order; `all` merges the whole fleet',
    handle({ clusters }) {
      const history = clusters.flatMap((cluster) =>
        cluster.history().map((entry) => ({ cluster: cluster.name, ...entry })),
      )
      return { history: history.sort((a, b) => a.sequence - b.sequence) }
    },
  },
  {
    method: 'GET',
    path: '/clusters/:name/snapshot-deletions',
    summary: 'which of its snapshots clients and others had deleted, and when',
    handle: ({ clusters }) => ({
      snapshotDeletions: clusters.flatMap((cluster) =>
        cluster.snapshotDeletions().map((deletion) => ({ cluster: cluster.name, ...deletion })),
      ),
    }),
  },
]

function clusterSummary(cluster: SimulatedCluster): Record<string, unknown> {
  return {
    name: cluster.name,
    uuid: cluster.uuid,
    endpoint: cluster.endpoint,
    fingerprintSha256: cluster.fingerprintSha256,
    connectivity: cluster.connectivity,
    volumes: cluster.volumeCount(),
    effectivePhysicalBytes: cluster.effectivePhysicalBytes,
    provisionedBytes: cluster.provisionedBytes(),
    freePhysicalBytes: cluster.freePhysicalBytes(),
    faults: cluster.faults.list(),
  }
}
