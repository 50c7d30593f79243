import type { ClusterId } from '../identity/ids.ts'
import type { Candidate } from '../placement/candidate.ts'
import {
  type AddedCluster,
  type BackTestInput,
  MAX_ADDED_CLUSTERS,
  MAX_GROWTH_STEPS,
  MAX_REPLAYED,
  MAX_TRIED,
  type WhatIfInput,
} from '../ports/placement-trials.ts'
import { MAX_SIZE_BYTES } from '../units/bytes.ts'
import { parseRatio } from '../units/ratio.ts'
import { InputIssues } from './input-issues.ts'
import { checkLabels, checkName, checkProject, checkReplicas, checkSize } from './input-rules.ts'

const RATE_ALLOWED = 'a decimal in quotes from "0" to "10", at most six places'

export function checkBackTest(input: BackTestInput): void {
  const issues = new InputIssues()
  const { from, to, last } = input
  issues.require(
    !from || !to || from < to,
    'to',
    'is not after `from`',
    'a later moment than `from`, or nothing',
  )
  if (last !== undefined) checkCount(issues, last, 'last', MAX_REPLAYED)
  checkPolicyChoice(issues, input)
  checkAdded(issues, input.addClusters)
  issues.throwIfAny()
}

export function checkWhatIf(input: WhatIfInput): void {
  const issues = new InputIssues()
  checkPolicyChoice(issues, input)
  checkAdded(issues, input.addClusters)
  if (input.growth) {
    const rate = parseRatio(input.growth.ratePerStep)
    const isWithin = rate !== null && rate.numerator <= 10n * rate.denominator
    issues.require(
      isWithin,
      'growth.ratePerStep',
      `is "${input.growth.ratePerStep.slice(0, 80)}"`,
      RATE_ALLOWED,
    )
    checkCount(issues, input.growth.steps, 'growth.steps', MAX_GROWTH_STEPS)
  }
  for (const [index, { count, sizeBytes, replicas, project, group }] of input.onboard.entries()) {
    checkCount(issues, count, `onboard.${index}.count`, MAX_TRIED)
    checkSize(issues, sizeBytes, `onboard.${index}.sizeBytes`)
    checkProject(issues, project, `onboard.${index}.project`)
    if (replicas !== undefined) checkReplicas(issues, replicas, `onboard.${index}.replicas`)
    if (group !== undefined) checkName(issues, group, `onboard.${index}.group`)
  }
  issues.throwIfAny()
}

/** Whether the changes fit the fleet that they are made to. @param field the list of clusters to leave out */
export function checkFleetChanges(
  candidates: readonly Candidate[],
  added: readonly AddedCluster[],
  without: readonly ClusterId[],
  field: string,
): void {
  const issues = new InputIssues()
  const ids = new Set(candidates.map(({ clusterId }) => clusterId))
  for (const [index, id] of without.entries()) {
    issues.require(ids.has(id), `${field}.${index}`, `${id} is not in this fleet`, 'a cluster that is')
  }
  const names = new Set(candidates.map(({ clusterName }) => clusterName))
  for (const [index, { name }] of added.entries()) {
    const path = `addClusters.${index}.name`
    issues.require(!names.has(name), path, `"${name}" is in the fleet already`, 'a name of its own')
    names.add(name)
  }
  issues.throwIfAny()
}

function checkPolicyChoice(
  issues: InputIssues,
  { policy, document }: { policy?: string; document?: unknown },
): void {
  issues.require(
    policy === undefined || document === undefined,
    'document',
    'is given besides `policy`',
    'the name of a policy or a document, not both',
  )
}

function checkAdded(issues: InputIssues, added: readonly AddedCluster[]): void {
  const allowed = `at most ${MAX_ADDED_CLUSTERS}`
  issues.require(added.length <= MAX_ADDED_CLUSTERS, 'addClusters', `has ${added.length} entries`, allowed)
  for (const [index, { name, effectiveBytes, labels, maxReplicas }] of added.entries()) {
    checkName(issues, name, `addClusters.${index}.name`)
    issues.require(
      effectiveBytes > 0n && effectiveBytes <= MAX_SIZE_BYTES,
      `addClusters.${index}.effectiveBytes`,
      `is ${effectiveBytes}`,
      `1 to ${MAX_SIZE_BYTES} bytes (1EiB)`,
    )
    checkLabels(issues, labels, `addClusters.${index}.labels`)
    if (maxReplicas !== undefined) checkReplicas(issues, maxReplicas, `addClusters.${index}.maxReplicas`)
  }
}

function checkCount(issues: InputIssues, count: number, field: string, most: number): void {
  issues.require(Number.isInteger(count) && count >= 1 && count <= most, field, `is ${count}`, `1 to ${most}`)
}
