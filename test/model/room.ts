import type { Check } from './expectation.ts'
import { clusterOf, type Model, type ModelCluster, promisedBytes } from './model.ts'
import type { Answer } from './reality.ts'

/** What a request asks of a cluster. */
export interface Wanted {
  /** Size x replicas; of growth the part that is added, at most. */
  readonly bytes: bigint
  readonly group?: string | null
  /** The only cluster that will do. */
  readonly pinnedTo?: string | undefined
  readonly growsOn?: string
}

/** Whether a request has to be refused because it fits nowhere. It always may be: clusters may just not be reached. */
export function roomFor(model: Model, wanted: Wanted): Check {
  const isHopeless = model.clusters.every((cluster) => rulesOut(model, cluster, wanted) !== null)
  return [isHopeless ? 'ALWAYS' : 'PERHAPS', 'NoFeasibleClusterError']
}

/** A cluster was chosen: nothing that is known for sure may speak against it. @throws where something does */
export function checkChoice(model: Model, wanted: Wanted, name: string): void {
  const reason = rulesOut(model, clusterOf(model, name), wanted)
  if (reason) throw new Error(`${wanted.bytes} bytes went to ${name}, which ${reason}`)
}

/** Everybody refused: nothing that is known for sure may contradict a reason. @throws where something does */
export function checkVerdicts(model: Model, wanted: Wanted, { decision }: Answer): void {
  for (const { clusterName, rejection } of decision?.verdicts ?? []) {
    const cluster = clusterOf(model, clusterName)
    if (!rejection) throw new Error(`the request was refused, though ${clusterName} qualified`)
    if (!mayRefuse(model, cluster, wanted, rejection.reason)) {
      throw new Error(`${clusterName} refused ${wanted.bytes} bytes: ${rejection.reason}, which cannot be`)
    }
  }
}

function rulesOut(model: Model, cluster: ModelCluster, { bytes, group, pinnedTo, growsOn }: Wanted) {
  const only = pinnedTo ?? growsOn
  if (only !== undefined && only !== cluster.name) return 'is not where it has to be'
  if (cluster.isCordoned && growsOn === undefined) return 'is cordoned'
  const { least } = promisedBytes(model, cluster)
  const limit = growsOn === undefined ? model.limits.create : model.limits.resize
  // Of growth the least that is added is not known, only the most.
  if (growsOn === undefined && least + bytes > limit) return `has ${least} of ${limit} promised`
  const members = group ? membersOn(model, cluster, group) : []
  return members.some(({ fate }) => fate === 'ALIVE') ? `holds one of ${group}` : null
}

function mayRefuse(model: Model, cluster: ModelCluster, wanted: Wanted, reason: string): boolean {
  const { bytes, group, pinnedTo, growsOn } = wanted
  switch (reason) {
    case 'NOT_SOURCE_CLUSTER':
      return (pinnedTo ?? growsOn ?? cluster.name) !== cluster.name
    case 'CORDONED':
      return cluster.isCordoned
    case 'GROUP_LIMIT':
      return membersOn(model, cluster, group ?? '').length > 0
    case 'PROMISED_LIMIT':
      return (
        promisedBytes(model, cluster).most + bytes > model.limits[growsOn === undefined ? 'create' : 'resize']
      )
    case 'NOT_CONNECTED':
      return true
    default:
      return false
  }
}

/** Those that may still count. */
function membersOn({ volumes }: Model, { name }: ModelCluster, group: string) {
  return volumes.filter(
    (each) => each.cluster === name && each.group === group && (each.fate === 'ALIVE' || !each.isSettled),
  )
}
