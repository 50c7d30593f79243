import { InvalidInputError } from '../errors.ts'
import { type ClusterId, toId } from '../identity/ids.ts'
import type { Candidate } from '../placement/candidate.ts'
import { commonClusters } from '../placement/common-clusters.ts'
import type { FleetState } from '../placement/fleet-state.ts'
import type { PlacementRequest } from '../placement/placement-request.ts'
import { type Alternative, type Backtest, replayUnder } from '../placement/replay-under.ts'
import { countStages, type Scenario, whatIf } from '../placement/what-if.ts'
import type { PlacementPolicy } from '../policies/policy.ts'
import { DEFAULT_POLICY_NAME } from '../policies/stored-policy.ts'
import { unknownPolicy } from '../policies/unknown-policy.ts'
import type { PlacementRecords, RecordedHistory } from '../ports/placement-records.ts'
import {
  type AddedCluster,
  type BackTestInput,
  DEFAULT_REPLAYED,
  MAX_TRIED,
  MAX_TRIED_OVERALL,
  type PlacementTrials,
  type WhatIfInput,
} from '../ports/placement-trials.ts'
import type { PolicyReader } from '../ports/policy-store.ts'
import { parseRatio } from '../units/ratio.ts'
import { groupKeyOf } from '../volumes/volume-group.ts'
import { checkDocument } from './check-document.ts'
import { InputIssues } from './input-issues.ts'
import { readViews } from './read-views.ts'
import { checkBackTest, checkFleetChanges, checkWhatIf } from './trial-input-rules.ts'

export interface TrialPorts {
  readonly records: PlacementRecords
  readonly policies: PolicyReader
  /** One trial after the other; @throws OverloadedError when too many wait already. */
  readonly oneAtATime: <T>(trial: () => Promise<T>) => Promise<T>
  /** Runs work to its end, with pauses in which others are served. */
  readonly inSlices: <T>(work: Generator<void, T>) => Promise<T>
}

export function createPlacementTrials(ports: TrialPorts): PlacementTrials {
  const { records, policies, oneAtATime, inSlices } = ports

  const readPolicy = async (name: string): Promise<PlacementPolicy> => {
    const [stored] = await policies.policiesByNames([name])
    if (stored) return stored.policy
    const known = await policies.listPolicies()
    throw unknownPolicy(
      name,
      known.map(({ policy }) => policy.name),
      ['input', 'policy'],
    )
  }

  const choosePolicy = async ({ policy, document }: Pick<BackTestInput, 'policy' | 'document'>) => {
    if (document === undefined) return policy === undefined ? undefined : readPolicy(policy)
    const issues = new InputIssues()
    const drafted = checkDocument(issues, document)
    issues.throwIfAny()
    return drafted
  }

  const otherFleet = async (
    input: BackTestInput,
    history: RecordedHistory | null,
    policy: PlacementPolicy | undefined,
  ): Promise<FleetState> => {
    const viewedBy = policy ?? history?.decisions[0]?.policy
    if (!history || !viewedBy) return NO_FLEET
    if (input.fleet === 'RECORDED') return changeFleet(history, input)
    const groups = history.decisions.flatMap(({ request }) => request.group ?? [])
    return changeFleet(await records.readFleet(viewedBy, [...new Set(groups)]), input)
  }

  return {
    async backTest(input) {
      checkBackTest(input)
      return oneAtATime(async () => {
        const policy = await choosePolicy(input)
        const { from = null, to = null, last: limit = DEFAULT_REPLAYED, decidedBy = null } = input
        const history = await records.readHistory({ from, to, limit, policyName: decidedBy })
        const fleet = await otherFleet(input, history, policy)
        const other: Alternative = policy ? { policy, fleet } : { fleet }
        const past = history ?? { ...NO_FLEET, decisions: [] }
        const report: Backtest = await inSlices(replayUnder(past, other))
        return {
          ...report,
          decisionCount: past.decisions.length,
          firstAt: history?.firstAt ?? null,
          lastAt: history?.lastAt ?? null,
          hasEarlier: history?.hasEarlier ?? false,
          clusterNames: namesOf([...past.candidates, ...fleet.candidates]),
        }
      })
    },

    async whatIf(input) {
      checkWhatIf(input)
      return oneAtATime(async () => {
        const chosen = await choosePolicy(input)
        const policy = chosen ?? (await readPolicy(DEFAULT_POLICY_NAME))
        const held = await records.readHeld(input.loseClusters, MAX_TRIED + 1)
        const displaced = chosen ? held.map((each) => ({ ...each, policyName: policy.name })) : held
        const onboarded = onboard(input, policy)
        const requests = [...displaced.map(({ request }) => request), ...onboarded]
        const groups = [...new Set(requests.flatMap(({ group }) => group ?? []))]
        const fleet = await records.readFleet(policy, groups)
        checkFleetChanges(fleet.candidates, input.addClusters, input.loseClusters, 'loseClusters')
        const scenario: Scenario = {
          added: input.addClusters.map((each, index) => toCandidate(each, index, fleet.nowMs)),
          lost: input.loseClusters,
          displaced,
          growth: input.growth
            ? { steps: input.growth.steps, ratePerStep: parseRatio(input.growth.ratePerStep) ?? NO_GROWTH }
            : null,
        }
        refuseTooMuch(requests.length, countStages(scenario))
        const names = new Set(displaced.map(({ policyName }) => policyName))
        names.delete(policy.name)
        const view = { ...fleet, policy }
        const others = await readViews(ports, [...names], groups)
        const views = commonClusters(new Map([...others, [policy.name, view]]))
        return {
          seenAt: new Date(fleet.nowMs),
          policyName: policy.name,
          policyRevision: input.document === undefined ? policy.revision : null,
          displacedCount: displaced.length,
          stages: await inSlices(whatIf(views.get(policy.name) ?? view, scenario, onboarded, views)),
          clusterNames: namesOf([...fleet.candidates, ...scenario.added]),
        }
      })
    },
  }
}

const NO_FLEET: FleetState = { candidates: [], groups: new Map(), nowMs: 0 }
const NO_GROWTH = { numerator: 0n, denominator: 1n }

function changeFleet(fleet: FleetState, { addClusters, withoutClusters }: BackTestInput): FleetState {
  checkFleetChanges(fleet.candidates, addClusters, withoutClusters, 'withoutClusters')
  return {
    ...fleet,
    candidates: [
      ...fleet.candidates.filter(({ clusterId }) => !withoutClusters.includes(clusterId)),
      ...addClusters.map((each, index) => toCandidate(each, index, fleet.nowMs)),
    ],
  }
}

/** Its id follows from its place in the list, so that the same question has the same answer every time. */
function toCandidate(
  { name, effectiveBytes, labels, maxReplicas = 3 }: AddedCluster,
  index: number,
  nowMs: number,
): Candidate {
  return {
    clusterId: toId('Cluster', inventedUuid(index)),
    clusterName: name,
    adminState: 'ACTIVE',
    connection: 'CONNECTED',
    health: 'OK',
    labels,
    joinedAtMs: 0,
    recentBytes: 0n,
    figures: {
      provisionedBytes: 0n,
      pendingBytes: 0n,
      effectiveBytes,
      freeBytes: effectiveBytes,
      maxReplicas,
      volumeCount: 0,
      observedAtMs: nowMs,
    },
  }
}

function onboard(
  { onboard: wanted }: WhatIfInput,
  { defaultReplicas }: PlacementPolicy,
): readonly PlacementRequest[] {
  // Refused below, where what lost clusters hold counts as well; only the list must not be made too long before.
  refuseTooMuch(
    wanted.reduce((sum, { count }) => sum + count, 0),
    1,
  )
  return wanted
    .flatMap((each) => Array.from({ length: each.count }, () => each))
    .map(({ sizeBytes, replicas, project, group }, index) => ({
      volumeId: toId('Volume', inventedUuid(index)),
      sizeBytes,
      replicas: replicas ?? defaultReplicas,
      excludedClusterIds: [],
      growsOn: null,
      pinnedTo: null,
      group: group === undefined ? null : groupKeyOf(project, group),
    }))
}

function inventedUuid(index: number): string {
  return `00000000-0000-7000-8000-${index.toString(16).padStart(12, '0')}`
}

function refuseTooMuch(requests: number, stages: number): void {
  if (requests <= MAX_TRIED && requests * stages <= MAX_TRIED_OVERALL) return
  throw new InvalidInputError([
    {
      path: ['input'],
      message: `${requests > MAX_TRIED ? `more than ${MAX_TRIED}` : requests} requests in each of ${stages} stages`,
      allowed: `at most ${MAX_TRIED} requests, those of lost clusters included, and ${MAX_TRIED_OVERALL} over all stages`,
    },
  ])
}

function namesOf(candidates: readonly Candidate[]): ReadonlyMap<ClusterId, string> {
  return new Map(candidates.map(({ clusterId, clusterName }) => [clusterId, clusterName]))
}
