import { expect, test } from 'vitest'
import { JointPlacer } from '../placement/joint-placer.ts'
import type { PlacementRecords } from '../ports/placement-records.ts'
import type { PolicyReader } from '../ports/policy-store.ts'
import {
  NOW,
  SAMPLE_POLICY,
  sampleCandidate,
  sampleClusterId,
  sampleRequest,
} from '../testing/sample-fleet.ts'
import { readViews } from './read-views.ts'

/** Clusters as each policy finds them, by its name; they change while the policies are read. */
async function viewsOf(fleets: Readonly<Record<string, readonly number[]>>) {
  const records: Pick<PlacementRecords, 'readFleet'> = {
    readFleet: async ({ name }) => ({
      candidates: (fleets[name] ?? []).map((number) => sampleCandidate(number)),
      groups: new Map(),
      nowMs: NOW.getTime(),
    }),
  }
  const policies: Pick<PolicyReader, 'policiesByNames'> = {
    policiesByNames: async (names) =>
      names.map((name) => ({
        policy: { ...SAMPLE_POLICY, name },
        document: { name },
        createdAt: NOW,
        createdBy: 'alice',
      })),
  }
  return readViews(
    { records: records as PlacementRecords, policies: policies as PolicyReader },
    Object.keys(fleets),
    [],
  )
}

test('a cluster that joins or goes while the views are read is in none of them', async () => {
  const views = await viewsOf({ early: [1, 2], late: [2, 3] })
  expect(
    [...views].map(([name, { candidates }]) => [name, candidates.map((each) => each.clusterId)]),
  ).toEqual([
    ['early', [sampleClusterId(2)]],
    ['late', [sampleClusterId(2)]],
  ])
  const placer = new JointPlacer(views)
  for (const policyName of views.keys()) {
    expect(placer.place({ request: sampleRequest(), policyName }).clusterId).toBe(sampleClusterId(2))
  }
})
