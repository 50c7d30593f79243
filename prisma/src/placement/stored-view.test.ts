import type { Candidate, CandidateFigures } from '@flotilla/core/placement/candidate'
import { DEFAULT_POLICY } from '@flotilla/core/policies/default-policy'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createRememberedViews } from './remembered-views.ts'
import { changedPlaces, readView, toStoredChanges, toStoredView } from './stored-view.ts'

const bytes = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n })
const figures: fc.Arbitrary<CandidateFigures> = fc.record({
  provisionedBytes: bytes,
  pendingBytes: bytes,
  effectiveBytes: bytes,
  freeBytes: fc.bigInt({ min: -(2n ** 40n), max: 2n ** 60n }),
  maxReplicas: fc.integer({ min: 0, max: 3 }),
  volumeCount: fc.nat(),
  observedAtMs: fc.nat({ max: 4_000_000_000_000 }),
})
const candidate: fc.Arbitrary<Candidate> = fc.record({
  clusterId: fc.uuid().map((uuid) => `cls_${uuid}` as const),
  clusterName: fc.string(),
  adminState: fc.constantFrom('ACTIVE', 'CORDONED'),
  connection: fc.constantFrom('CONNECTED', 'DISCONNECTED'),
  health: fc.constantFrom('OK', 'WARNING'),
  labels: fc.dictionary(fc.constantFrom('site', 'tier'), fc.string()),
  joinedAtMs: fc.nat(),
  recentBytes: bytes,
  figures: fc.option(figures),
})
const fleet = fc.uniqueArray(candidate, { selector: ({ clusterId }) => clusterId, maxLength: 12 })

const stored = (text: string): unknown => JSON.parse(text)

test('a view, and a difference from it, come back to the byte', () => {
  fc.assert(
    fc.property(fleet, fc.array(figures), fc.array(bytes), (view, others, recent) => {
      expect(readView(stored(toStoredView(view)), null)).toEqual(view)
      const later = view.map((each, place) => ({
        ...each,
        recentBytes: recent[place] ?? each.recentBytes,
        figures: each.figures && (others[place] ?? each.figures),
      }))
      const changes = toStoredChanges(view, later, changedPlaces(view, later))
      expect(readView(stored(toStoredView(view)), stored(changes))).toEqual(later)
    }),
  )
})

const CLUSTERS = 20
const BEFORE: readonly Candidate[] = Array.from({ length: CLUSTERS }, (_, number) => ({
  clusterId: `cls_${number}`,
  clusterName: `storage-${number}`,
  adminState: 'ACTIVE',
  connection: 'CONNECTED',
  health: 'OK',
  labels: { tier: 'gold' },
  joinedAtMs: 0,
  recentBytes: 0n,
  figures: {
    provisionedBytes: 1n,
    pendingBytes: 0n,
    effectiveBytes: 2n,
    freeBytes: 2n,
    maxReplicas: 3,
    volumeCount: 1,
    observedAtMs: 1,
  },
}))

/** The fleet after these have been polled at that moment. */
function polled(fleetBefore: readonly Candidate[], places: readonly number[], observedAtMs: number) {
  return fleetBefore.map((each, place) =>
    places.includes(place) && each.figures ? { ...each, figures: { ...each.figures, observedAtMs } } : each,
  )
}

const remembering = () => {
  const views = createRememberedViews()
  views.remember(DEFAULT_POLICY, BEFORE, 'view')
  return views
}

test('a batch refers to the view with what has changed, whatever the order it was read in', () => {
  const after = polled(BEFORE, [3], 7)
  expect(remembering().refer(DEFAULT_POLICY, after.toReversed())).toEqual({
    viewId: 'view',
    changes: '{"at":"3","observedAtMs":"6"}',
  })
})

test.each<[string, (fleetBefore: readonly Candidate[]) => readonly Candidate[]]>([
  ['a cluster has joined', (all) => [...all, { ...(all[0] as Candidate), clusterId: 'cls_new' }]],
  ['one has left', (all) => all.slice(1)],
  [
    'one was replaced',
    ([first, ...rest]) => [{ ...(first as Candidate), clusterId: 'cls_new' as const }, ...rest],
  ],
  ['a label has changed', (all) => all.map((each) => ({ ...each, labels: { tier: 'silver' } }))],
  ['a cluster was cordoned', (all) => all.map((each) => ({ ...each, adminState: 'CORDONED' as const }))],
  ['a cluster is seen for the first time', (all) => all.map((each) => ({ ...each, figures: null }))],
])('a new view is due when %s', (_case, change) => {
  expect(remembering().refer(DEFAULT_POLICY, change(BEFORE))).toBeNull()
})

test('a new view is due under another revision of the policy', () => {
  expect(remembering().refer({ ...DEFAULT_POLICY, revision: 2 }, BEFORE)).toBeNull()
  expect(remembering().refer({ ...DEFAULT_POLICY, name: 'gold' }, BEFORE)).toBeNull()
})

test('a new view is due once differences repeat what earlier ones said, and not while each is new', () => {
  const slow = remembering()
  for (let batch = 2; batch < 100; batch++) {
    expect(slow.refer(DEFAULT_POLICY, polled(BEFORE, [...BEFORE.keys()], batch))).not.toBeNull()
  }
  const fast = remembering()
  let present = BEFORE
  let written = 0
  for (let batch = 0; batch < 1_000; batch++) {
    present = polled(present, [batch % CLUSTERS], batch + 2)
    if (fast.refer(DEFAULT_POLICY, present)) continue
    fast.remember(DEFAULT_POLICY, present, `view-${batch}`)
    written += 1
  }
  expect(written).toBeGreaterThan(50)
  expect(written).toBeLessThan(200)
})
