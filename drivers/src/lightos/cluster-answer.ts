import type { ClusterHealth, ClusterNode } from '@flotilla/core/clusters/cluster'
import type { ClusterIdentity, ClusterStatistics } from '@flotilla/core/ports/cluster-driver'
import { z } from 'zod'
import { byteCount, count, listOf, storableText, text, uuid } from './wire-values.ts'

export const versionAnswer = z.object({ apiVersion: z.string().regex(/^v[\d.]{1,10}$/) })

const wireIdentity = z.object({
  UUID: uuid,
  clusterName: text,
  MinVersionInCluster: text,
  apiEndpoints: listOf(storableText),
})

const wireHealth = z.object({
  state: text,
  numInactiveNodes: count,
  numDegradedVolumes: count,
  numReadOnlyVolumes: count,
  numNotAvailableVolumes: count,
})

const wireStatistics = z
  .object({
    effectivePhysicalStorage: byteCount.refine((bytes) => bytes > 0n, { error: 'zero' }),
    logicalStorage: byteCount,
    physicalUsedStorage: byteCount,
    freePhysicalStorage: byteCount,
  })
  .refine((figures) => figures.freePhysicalStorage <= figures.effectivePhysicalStorage, {
    path: ['freePhysicalStorage'],
    error: 'more than effectivePhysicalStorage',
  })

export const identityAnswer = wireIdentity.transform(toIdentity)

/**
 * Identity, figures and health; the nodes come from elsewhere. Used bytes are those without parity, because
 * effective ones are counted after parity: so used and free together stay within effective. `logicalStorage`
 * counts every replica.
 */
export const statisticsAnswer = wireIdentity
  .extend({
    subsystemNQN: text,
    discoveryEndpoints: listOf(storableText),
    currentMaxReplicas: count,
    statistics: wireStatistics,
    health: wireHealth.nullish(),
  })
  .transform(({ subsystemNQN, discoveryEndpoints, currentMaxReplicas, statistics, health, ...identity }) => {
    return {
      dataPath: { subsystemNqn: subsystemNQN, discoveryEndpoints },
      identity: toIdentity(identity),
      effectiveBytes: statistics.effectivePhysicalStorage,
      usedBytes: statistics.physicalUsedStorage,
      freeBytes: statistics.freePhysicalStorage,
      provisionedBytes: statistics.logicalStorage,
      maxReplicas: currentMaxReplicas,
      health: HEALTH[health?.state ?? ''] ?? 'UNKNOWN',
      healthMessage: health ? healthMessage(health) : null,
    } satisfies Omit<ClusterStatistics, 'nodes' | 'dataPath'> & { dataPath: object }
  })

export const nodesAnswer = z
  .object({ nodes: listOf(z.object({ UUID: uuid, name: text, state: text, nvmeEndpoint: text })) })
  .transform(({ nodes }) => ({
    nvmeEndpoints: nodes.map(({ nvmeEndpoint }) => nvmeEndpoint),
    nodes: nodes.map(
      ({ UUID, name, state }): ClusterNode => ({
        backendId: UUID,
        name: name || UUID,
        state: state || 'Unknown',
      }),
    ),
  }))

const HEALTH: Readonly<Record<string, ClusterHealth>> = { OK: 'OK', Warning: 'WARNING', Error: 'ERROR' }

function toIdentity(wire: z.output<typeof wireIdentity>): ClusterIdentity {
  return {
    backendId: wire.UUID,
    name: wire.clusterName || null,
    version: wire.MinVersionInCluster || null,
    endpoints: wire.apiEndpoints.map((address) => `https://${address}`).filter((url) => URL.canParse(url)),
  }
}

/** `2 nodes inactive, 5 volumes degraded`, or null when there is nothing to tell. */
function healthMessage(health: z.output<typeof wireHealth>): string | null {
  const parts = [
    counted(health.numInactiveNodes, 'node', 'inactive'),
    counted(health.numNotAvailableVolumes, 'volume', 'not available'),
    counted(health.numReadOnlyVolumes, 'volume', 'read-only'),
    counted(health.numDegradedVolumes, 'volume', 'degraded'),
  ]
  return parts.filter(Boolean).join(', ') || null
}

function counted(count: number, noun: string, adjective: string): string {
  return count === 0 ? '' : `${count} ${noun}${count === 1 ? '' : 's'} ${adjective}`
}
