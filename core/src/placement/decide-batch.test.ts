import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { NewOperation } from '../operations/new-operation.ts'
import type { PlacementPolicy } from '../policies/policy.ts'
import { changing, codeOf, create, facts, grow, operation, volume } from '../testing/sample-batch.ts'
import {
  NOW,
  SAMPLE_POLICY,
  sampleCandidate,
  sampleClusterId,
  sampleVolumeId,
  TIB,
} from '../testing/sample-fleet.ts'
import { VOLUME_STATES, type Volume } from '../volumes/volume.ts'
import { decideBatch, nameKey, replayKey } from './decide-batch.ts'
import { placeInOrder } from './place-in-order.ts'
import { placeVolume } from './place-volume.ts'
import type { PlacementIntent } from './placement-intent.ts'

test('nothing to decide', () => {
  expect(decideBatch([], facts())).toEqual([])
})

test('an earlier operation under the same key and input is answered with, and nothing is charged', () => {
  const before = { operationId: operation(9).id, inputFingerprint: 'input-1' }
  const earlier = new Map([[replayKey(operation(1)), before]])
  const [replayed, next] = decideBatch([create(1), create(2)], facts({ earlier }))
  expect(replayed).toEqual({ kind: 'REPLAYED', operationId: operation(9).id })
  expect(next).toEqual(decideBatch([create(2)], facts())[0])
})

test('the same key with another input is a conflict that names the operation', () => {
  const earlier = new Map([
    [replayKey(operation(1)), { operationId: operation(9).id, inputFingerprint: 'other' }],
  ])
  const [outcome] = decideBatch([create(1)], facts({ earlier }))
  expect(outcome).toMatchObject({
    error: { code: 'IDEMPOTENCY_CONFLICT', operationId: operation(9).id },
    decision: null,
  })
})

test.each<[name: string, second: Partial<NewOperation>, outcome: string]>([
  ['the same key and input', { idempotencyKey: 'key-1', inputFingerprint: 'input-1' }, 'REPLAYED'],
  ['the same key, another input', { idempotencyKey: 'key-1' }, 'IDEMPOTENCY_CONFLICT'],
  ['the same key of somebody else', { idempotencyKey: 'key-1', actor: 'bob' }, 'CREATED'],
])('within one batch: %s', (_name, second, expected) => {
  const outcomes = decideBatch([create(1), create(2, {}, second)], facts())
  expect(outcomes.map(codeOf)).toEqual(['CREATED', expected])
})

test('a refused request leaves its key free', () => {
  const tooLarge = create(1, { sizeBytes: 100n * TIB })
  const again = create(2, {}, { idempotencyKey: 'key-1' })
  expect(decideBatch([tooLarge, again], facts()).map(codeOf)).toEqual(['NO_FEASIBLE_CLUSTER', 'CREATED'])
})

test('a name is taken by whoever holds it, in the database or earlier in the batch', () => {
  const takenNames = new Map([[nameKey({ project: 'p', name: 'v1' }), sampleVolumeId(9)]])
  const outcomes = decideBatch([create(1), create(2), create(3, { name: 'v2' })], facts({ takenNames }))
  expect(outcomes.map(codeOf)).toEqual(['NAME_TAKEN', 'CREATED', 'NAME_TAKEN'])
  expect(outcomes[0]).toMatchObject({
    error: { takenBy: sampleVolumeId(9), path: ['input', 'name'] },
    decision: null,
  })
  expect(outcomes[2]).toMatchObject({ error: { takenBy: sampleVolumeId(2) } })
})

test('the same name in another project is another name', () => {
  const outcomes = decideBatch([create(1), create(2, { name: 'v1', project: 'q' })], facts())
  expect(outcomes.map(codeOf)).toEqual(['CREATED', 'CREATED'])
})

test('a refused request leaves its name free', () => {
  const outcomes = decideBatch([create(1, { sizeBytes: 100n * TIB }), create(2, { name: 'v1' })], facts())
  expect(outcomes.map(codeOf)).toEqual(['NO_FEASIBLE_CLUSTER', 'CREATED'])
})

test('the last room is given once', () => {
  const lastRoom = sampleCandidate(1, { figures: { provisionedBytes: 13n * TIB } })
  const outcomes = decideBatch([create(1), create(2)], facts({ candidates: [lastRoom] }))
  expect(outcomes.map(codeOf)).toEqual(['CREATED', 'NO_FEASIBLE_CLUSTER'])
})

test('a decision carries what replays it', () => {
  const [outcome] = decideBatch([create(1)], facts())
  if (outcome?.kind !== 'CREATED') throw new Error('was not placed')
  const { request, decision } = outcome.decision
  const { clusterId, verdicts } = placeVolume(
    request,
    facts().candidates,
    SAMPLE_POLICY,
    decision.decidedAt.getTime(),
  )
  expect(decision).toMatchObject({
    clusterId,
    verdicts,
    hop: 0,
    policyName: 'sample',
    policyRevision: 7,
    decidedAt: NOW,
  })
})

test('a refusal for want of room has its decision, and says what each cluster lacks', () => {
  const [outcome] = decideBatch([create(1, { sizeBytes: 100n * TIB })], facts())
  if (outcome?.kind !== 'REFUSED') throw new Error('was placed')
  expect(outcome.decision?.decision).toMatchObject({ clusterId: null, volumeId: sampleVolumeId(1) })
  expect(outcome.error.message).toMatch(
    /^none of 2 clusters qualifies: cluster-1: needs .*; cluster-2: needs /,
  )
})

test('without clusters the refusal says so', () => {
  const [outcome] = decideBatch([create(1)], facts({ candidates: [] }))
  expect(outcome).toMatchObject({
    error: { code: 'NO_FEASIBLE_CLUSTER', message: 'no cluster is registered' },
  })
})

test("growth is decided on the volume's own cluster, for the difference only", () => {
  const own = volume(5)
  const [outcome] = decideBatch([grow(1, own.id, 3n * TIB)], facts({ changing: changing(own) }))
  expect(outcome).toMatchObject({
    kind: 'UPDATED',
    update: { volume: { sizeBytes: 3n * TIB, state: 'RESIZING', revision: 4, updatedAt: NOW } },
    decision: {
      request: { sizeBytes: 2n * TIB, replicas: 2, growsOn: own.clusterId },
      decision: { clusterId: own.clusterId },
    },
  })
})

test.each<[name: string, observedBytes: bigint, chargedBytes: bigint]>([
  ['nothing yet: the growth', 0n, 4n * TIB],
  ['the present size: the growth', 2n * TIB, 4n * TIB],
  ['more than the present size: what is beyond it', 3n * TIB, 3n * TIB],
  ['all of the new size and more: nothing', 7n * TIB, 0n],
])(
  'growth is charged by what the last inventory does not contain; it contained %s',
  (_name, observedBytes, charged) => {
    const own = volume(5)
    const [outcome] = decideBatch(
      [grow(1, own.id, 3n * TIB)],
      facts({ changing: changing(own, observedBytes) }),
    )
    expect(outcome).toMatchObject({
      kind: 'UPDATED',
      decision: { chargedBytes: charged, request: { sizeBytes: 2n * TIB } },
    })
  },
)

test('growth takes from what the next request finds', () => {
  const own = volume(5)
  const candidates = [sampleCandidate(1, { figures: { provisionedBytes: 11n * TIB } })]
  const outcomes = decideBatch(
    [grow(1, own.id, 2n * TIB), create(2)],
    facts({ candidates, changing: changing(own) }),
  )
  expect(outcomes.map(codeOf)).toEqual(['UPDATED', 'CREATED'])
  const tighter = [sampleCandidate(1, { figures: { provisionedBytes: 12n * TIB } })]
  const others = decideBatch(
    [grow(1, own.id, 2n * TIB), create(2)],
    facts({ candidates: tighter, changing: changing(own) }),
  )
  expect(others.map(codeOf)).toEqual(['UPDATED', 'NO_FEASIBLE_CLUSTER'])
})

test.each<
  [
    name: string,
    present: Volume | null,
    sizeBytes: bigint,
    revision: number | null,
    code: string,
    path: string,
  ]
>([
  ['an unknown volume', null, 2n * TIB, null, 'NOT_FOUND', 'id'],
  ['a deleted one', volume(5, { state: 'DELETED' }), 2n * TIB, null, 'NOT_FOUND', 'id'],
  ['another revision', volume(5), 2n * TIB, 2, 'REVISION_CONFLICT', 'expectedRevision'],
  ['the same size', volume(5), TIB, null, 'INVALID_INPUT', 'sizeBytes'],
  ['a smaller size without force', volume(5), TIB - 4096n, 3, 'WOULD_SHRINK', 'sizeBytes'],
])('growth is refused: %s', (_name, present, sizeBytes, revision, code, path) => {
  const intent = grow(1, sampleVolumeId(5), sizeBytes, revision)
  const [outcome, next] = decideBatch(
    [intent, create(2)],
    facts({ changing: present ? changing(present) : new Map() }),
  )
  expect(outcome).toMatchObject({ kind: 'REFUSED', error: { code, path: ['input', path] }, decision: null })
  expect(next).toEqual(decideBatch([create(2)], facts())[0])
})

test.each(VOLUME_STATES.filter((state) => state !== 'AVAILABLE' && state !== 'DELETED'))(
  'a volume that is %s does not grow',
  (state) => {
    const own = volume(5, { state })
    const [outcome] = decideBatch([grow(1, own.id, 2n * TIB)], facts({ changing: changing(own) }))
    expect(codeOf(outcome)).toBe('INVALID_STATE')
  },
)

test('a volume grows once in a batch', () => {
  const own = volume(5)
  const intents = [grow(1, own.id, 2n * TIB), grow(2, own.id, 3n * TIB), grow(3, own.id, 4n * TIB, 3)]
  const outcomes = decideBatch(intents, facts({ changing: changing(own) }))
  expect(outcomes.map(codeOf)).toEqual(['UPDATED', 'INVALID_STATE', 'REVISION_CONFLICT'])
})

/** Some of these are refused for a taken name, a conflicting key, want of room, or an unknown volume. */
const anyIntents = fc.array(
  fc.record({
    kind: fc.constantFrom('good', 'taken', 'conflict', 'huge', 'unknown'),
    tebibytes: fc.bigInt({ min: 1n, max: 3n }),
  }),
  { maxLength: 12 },
)

test('one bad intent never changes what becomes of the others', () => {
  const known = facts({
    takenNames: new Map([[nameKey({ project: 'p', name: 'taken' }), sampleVolumeId(99)]]),
    earlier: new Map([
      [
        replayKey({ actor: 'alice', idempotencyKey: 'used' }),
        { operationId: operation(99).id, inputFingerprint: 'x' },
      ],
    ]),
  })
  const toIntent = (kind: string, sizeBytes: bigint, number: number): PlacementIntent => {
    if (kind === 'taken') return create(number, { name: 'taken', sizeBytes })
    if (kind === 'conflict') return create(number, { sizeBytes }, { idempotencyKey: 'used' })
    if (kind === 'huge') return create(number, { sizeBytes: 1000n * TIB })
    if (kind === 'unknown') return grow(number, sampleVolumeId(77), sizeBytes)
    return create(number, { sizeBytes })
  }
  fc.assert(
    fc.property(anyIntents, (drawn) => {
      const all = drawn.map(({ kind, tebibytes }, number) => toIntent(kind, tebibytes * TIB, number))
      const good = all.filter((_intent, index) => drawn[index]?.kind === 'good')
      const outcomes = decideBatch(all, known).filter((_outcome, index) => drawn[index]?.kind === 'good')
      expect(outcomes).toEqual(decideBatch(good, known))
    }),
    { numRuns: 50 },
  )
})

test('a batch of creates decides as placing them in order does, verdicts and groups included', () => {
  const policy: PlacementPolicy = {
    ...SAMPLE_POLICY,
    spread: { label: 'cluster', mode: 'SPREAD', maxPerValue: 7 },
  }
  const intents = Array.from({ length: 20 }, (_, number) =>
    create(number, { sizeBytes: TIB / 4n, group: number % 3 === 0 ? null : 'g' }),
  )
  const groups = new Map([['g', new Map([[sampleClusterId(1), 2]])]])
  const outcomes = decideBatch(intents, facts({ policy, groups }))
  const requests = intents.map(({ volume: { id, sizeBytes, replicas, group } }) => ({
    volumeId: id,
    sizeBytes,
    replicas,
    excludedClusterIds: [],
    growsOn: null,
    pinnedTo: null,
    group,
  }))
  const decisions = outcomes.map((outcome) => ('decision' in outcome ? outcome.decision?.decision : null))
  expect(decisions.map((decision) => [decision?.clusterId, decision?.verdicts])).toEqual(
    placeInOrder(requests, facts().candidates, policy, NOW.getTime(), groups).map((placed) => [
      placed.clusterId,
      placed.verdicts,
    ]),
  )
  expect(outcomes.map(codeOf)).toContain('NO_FEASIBLE_CLUSTER')
})

test('a volume does not grow beyond what the policy allows of one', () => {
  const own = volume(5)
  const policy = { ...SAMPLE_POLICY, maxVolumeSizeBytes: 2n * TIB }
  const known = facts({ policy, changing: changing(own) })
  expect(decideBatch([grow(1, own.id, 2n * TIB)], known).map(codeOf)).toEqual(['UPDATED'])
  expect(decideBatch([grow(1, own.id, 2n * TIB + 4096n)], known).map(codeOf)).toEqual(['INVALID_INPUT'])
})
