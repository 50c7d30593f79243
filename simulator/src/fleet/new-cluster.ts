import type { ClusterState } from '../cluster/cluster-state.ts'
import { keyIdOf } from '../cluster/credentials.ts'
import { DEFAULT_PROJECT, SYSTEM_PROJECT } from '../cluster/projects.ts'
import { INSTALLED_CREDENTIAL_ID } from './token-signer.ts'

/** Brings a blank cluster to what an installation leaves behind: nodes, two projects and their keys. */
export function installCluster(cluster: ClusterState, nodeCount: number, publicKeyPayload: string): void {
  for (let number = 1; number <= nodeCount; number++) addNode(cluster, number)
  for (const name of [SYSTEM_PROJECT, DEFAULT_PROJECT]) {
    const description = name === SYSTEM_PROJECT ? 'the cluster itself' : 'made at installation'
    cluster.projects.put(name, { uuid: cluster.newUuid(), name, description, defaultPolicies: [], etag: 1 })
    cluster.credentials.put(keyIdOf(name, INSTALLED_CREDENTIAL_ID), {
      projectName: name,
      id: INSTALLED_CREDENTIAL_ID,
      type: 'RS256PubKey',
      payload: publicKeyPayload,
      etag: 1,
    })
  }
}

/** Data addresses are from the range for benchmarks, where nothing listens; each cluster has others. */
function addNode(cluster: ClusterState, number: number): void {
  const uuid = cluster.newUuid()
  const network = Number.parseInt(cluster.identity.uuid.slice(0, 2), 16)
  cluster.nodes.put(uuid, {
    uuid,
    name: `server${number - 1}-0`,
    hostname: `server${number - 1}`,
    serverUuid: cluster.newUuid(),
    nvmeEndpoint: `198.18.${network}.${number}:4420`,
    failureDomains: [`server${number - 1}`],
    state: 'Active',
    etag: 1,
  })
}
