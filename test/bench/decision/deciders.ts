import type { ClusterId, VolumeId } from '@flotilla/core/identity/ids'
import type { Candidate } from '@flotilla/core/placement/candidate'
import type { Groups } from '@flotilla/core/placement/group-counts'
import { placeInOrder } from '@flotilla/core/placement/place-in-order'
import { placeVolume } from '@flotilla/core/placement/place-volume'
import type { PlacementRequest } from '@flotilla/core/placement/placement-request'
import { Placer } from '@flotilla/core/placement/placer'
import type { CandidateVerdict } from '@flotilla/core/placement/verdict'
import type { PlacementPolicy } from '@flotilla/core/policies/policy'
import { MODEL_POLICY, type ModelFleet, NOW_MS } from '../model-fleet.ts'
import { type DecidedFleet, GROUP, SHARE_POLICY, SPREAD_POLICY } from './decided-fleet.ts'

const IN_ORDER = 16
/** One request alone up to as many as one placement transaction takes; each batch has a Placer of its own, as each reads the fleet anew. */
const BATCHES = [1, 4, 16, 64, 256]
const BATCHES_OF_POLICIES = [1, 64]
const GIB = 2 ** 30
/** No cluster of the model holds as much. */
const TOO_LARGE_BYTES = 1n << 60n

export const YARDSTICK = 'argmin of a typed array'

/** How many decisions one call takes, and the call; its answer is looked at, so that no optimiser drops it. */
export interface Decider {
  readonly name: string
  readonly decisions: number
  readonly decide: (fleet: DecidedFleet, turn: number) => unknown
  /** Set where the target is about it, so that a profile tells where its time goes. */
  readonly isProfiled?: true
}

/** The yardstick first. */
export const DECIDERS: readonly Decider[] = [
  { name: YARDSTICK, decisions: 1, decide: ({ plain }, turn) => argmin(plain, turn * GIB) },
  {
    name: 'placeVolume: winner and all verdicts',
    decisions: 1,
    decide: ({ plain }, turn) =>
      placeVolume(requestOf(turn), plain.candidates, MODEL_POLICY, NOW_MS).clusterId,
  },
  {
    name: 'placeVolume: the same, and every text read',
    decisions: 1,
    decide: ({ plain }, turn) =>
      readTexts(placeVolume(requestOf(turn), plain.candidates, MODEL_POLICY, NOW_MS).verdicts),
  },
  {
    name: 'placeVolume: refused by all, and every text read',
    decisions: 1,
    decide({ plain }, turn) {
      const request = { ...requestOf(turn), sizeBytes: TOO_LARGE_BYTES }
      const { clusterId, verdicts } = placeVolume(request, plain.candidates, MODEL_POLICY, NOW_MS)
      return clusterId ? null : readTexts(verdicts)
    },
  },
  ...BATCHES.map((size): Decider => {
    const ask = ({ plain }: DecidedFleet) => ({ policy: MODEL_POLICY, candidates: plain.candidates })
    return { ...placeBatch(size, '', ask), isProfiled: true }
  }),
  ...BATCHES_OF_POLICIES.map((size) =>
    placeBatch(size, ', share cap and ramp, one joining, empty window', ({ joining }) => ({
      policy: SHARE_POLICY,
      candidates: joining,
    })),
  ),
  ...BATCHES_OF_POLICIES.map((size) =>
    placeBatch(size, ', a group spread and two labels preferred', ({ labelled, groups }) => ({
      policy: SPREAD_POLICY,
      candidates: labelled,
      groups,
      group: GROUP,
    })),
  ),
  {
    name: `placeInOrder: ${IN_ORDER} in turn, each charged`,
    decisions: IN_ORDER,
    decide: ({ plain }, turn) => {
      const requests = Array.from({ length: IN_ORDER }, (_, index) => requestOf(turn + index))
      return placeInOrder(requests, plain.candidates, MODEL_POLICY, NOW_MS).at(-1)?.clusterId
    },
  },
]

interface Asked {
  readonly policy: PlacementPolicy
  readonly candidates: readonly Candidate[]
  readonly groups?: Groups
  readonly group?: string
}

function placeBatch(size: number, kind: string, ask: (fleet: DecidedFleet) => Asked): Decider {
  return {
    name: size === 1 ? `Placer: 1 winner${kind}` : `Placer: ${size} winners in turn, each charged${kind}`,
    decisions: size,
    decide(fleet, turn) {
      const { policy, candidates, groups, group = null } = ask(fleet)
      const placer = new Placer(candidates, policy, NOW_MS, groups)
      let chosen: ClusterId | null = null
      for (let index = 0; index < size; index++) {
        const request = requestOf(turn + index, group)
        chosen = placer.choose(request)
        if (chosen) placer.charge({ request, clusterId: chosen })
      }
      return chosen
    },
  }
}

/** As who looks at a decision does: terms, filters and refusals with what would mend them. Answers how much there was to read. */
function readTexts(verdicts: readonly CandidateVerdict[]): number {
  const texts = verdicts.flatMap(({ terms, filters, rejection }) => [
    ...terms.map(({ explanation }) => explanation),
    ...filters.flatMap((answer) => [answer.explanation, answer.rejection?.remedy]),
    rejection?.explanation,
    rejection?.remedy,
  ])
  return texts.reduce((sum, text) => sum + (text?.length ?? 0), 0)
}

export function requestOf(turn: number, group: string | null = null): PlacementRequest {
  return {
    volumeId: `vol_${String(turn).padStart(36, '0')}` satisfies VolumeId,
    sizeBytes: BigInt(((turn % 1_000) + 1) * GIB),
    replicas: 2,
    excludedClusterIds: [],
    growsOn: null,
    pinnedTo: null,
    group,
  }
}

/** What any placer has to do at least: look at each cluster's projected ratio once. */
function argmin({ provisioned, capacities }: ModelFleet, bytes: number): number {
  let best = 0
  let lowest = Number.POSITIVE_INFINITY
  for (let index = 0; index < capacities.length; index++) {
    const ratio = ((provisioned[index] ?? 0) + bytes) / (capacities[index] ?? 1)
    if (ratio < lowest) {
      lowest = ratio
      best = index
    }
  }
  return best
}
