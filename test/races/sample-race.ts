import type { ClusterId } from '@flotilla/core/identity/ids'
import type { Candidate } from '@flotilla/core/placement/candidate'
import { NO_GROUPS } from '@flotilla/core/placement/group-counts'
import { placeInOrder } from '@flotilla/core/placement/place-in-order'
import { requestedBytes } from '@flotilla/core/placement/placement-request'
import {
  NOW,
  SAMPLE_POLICY,
  sampleCandidate,
  sampleRequest,
  sampleUuid,
  sampleVolumeId,
  TIB,
} from '@flotilla/core/testing/sample-fleet'
import type { RecordedBatch, RecordedVolume } from './records.ts'

const BATCHES = 16
const REQUESTS = 3
const BATCHES_PER_POLL = 4
/** Far enough apart for what is given back to be told apart by its time. */
const STEP_MS = 20_000

export interface SampleRace {
  readonly batches: readonly RecordedBatch[]
  readonly volumes: readonly RecordedVolume[]
}

interface Placed {
  readonly volume: RecordedVolume
  readonly clusterId: ClusterId
  readonly bytes: bigint
  isSeen: boolean
}

/**
 * The records of a race that went well, with figures from a bookkeeping of its own: three clusters, a poll of each before
 * every fourth batch, the oldest volume deleted after each second batch. The fleet gets full, and some are refused.
 */
export function sampleRace(): SampleRace {
  const policy = { ...SAMPLE_POLICY, maxObservationAgeMs: 10 * STEP_MS }
  const batches: RecordedBatch[] = []
  const all: Placed[] = []
  let present: Placed[] = []
  let seen: readonly Placed[] = []
  let polledAtMs = 0
  let count = 0
  for (let number = 0; number < BATCHES; number++) {
    const decidedAtMs = NOW.getTime() + number * STEP_MS
    if (number % BATCHES_PER_POLL === 0) {
      polledAtMs = decidedAtMs - 1
      seen = [...present]
      for (const each of present) each.isSeen = true
    }
    const unseen = present.filter(({ isSeen }) => !isSeen)
    const candidates = [1, 2, 3].map((cluster) => toCandidate(cluster, seen, unseen, polledAtMs))
    const requests = Array.from({ length: REQUESTS }, () => {
      count++
      const sizeBytes = BigInt(1 + (count % 3)) * TIB
      return sampleRequest({ volumeId: sampleVolumeId(count), sizeBytes, replicas: 1 + (count % 2) })
    })
    const outcomes = placeInOrder(requests, candidates, policy, decidedAtMs)
    const decisions = requests.map((request, index) => ({
      id: `dec_${sampleUuid(count - REQUESTS + index)}` as const,
      hop: 0,
      decidedAtMs,
      request,
      clusterId: outcomes[index]?.clusterId ?? null,
    }))
    batches.push({ id: `batch-${number}`, decidedAtMs, policy, candidates, groups: NO_GROUPS, decisions })
    for (const { id, request, clusterId } of decisions) {
      if (!clusterId) continue
      const { volumeId, sizeBytes, replicas } = request
      const volume = {
        id: volumeId,
        name: volumeId,
        state: 'AVAILABLE',
        sizeBytes,
        replicas,
        clusterName: clusterId,
        decisionId: id,
        backendName: volumeId,
        endedAtMs: null,
      }
      present.push({ volume, clusterId, bytes: requestedBytes(request), isSeen: false })
    }
    const [oldest, ...rest] = present
    if (number % 2 === 0 || !oldest) continue
    all.push({
      ...oldest,
      volume: { ...oldest.volume, state: 'DELETED', endedAtMs: decidedAtMs + STEP_MS / 2 },
    })
    present = rest
  }
  return { batches, volumes: [...all, ...present].map(({ volume }) => volume) }
}

function toCandidate(
  number: number,
  seen: readonly Placed[],
  unseen: readonly Placed[],
  observedAtMs: number,
): Candidate {
  const { clusterId } = sampleCandidate(number)
  const sum = (placed: readonly Placed[]) =>
    placed.filter((each) => each.clusterId === clusterId).reduce((bytes, each) => bytes + each.bytes, 0n)
  return sampleCandidate(number, {
    figures: { provisionedBytes: sum(seen), pendingBytes: sum(unseen), observedAtMs },
  })
}
