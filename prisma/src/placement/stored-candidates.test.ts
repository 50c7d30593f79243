import { placeVolume } from '@flotilla/core/placement/place-volume'
import { DEFAULT_POLICY } from '@flotilla/core/policies/default-policy'
import { expect, test } from 'vitest'
import { storedCandidates, storedPolicy, toStoredPolicy } from './stored-candidates.ts'

const CLUSTER_ID = 'cls_01939b6c-7b1e-7c3a-9d52-000000000001'
const VOLUME_ID = 'vol_01939b6c-7b1e-7c3a-9d52-000000000002'

/** As the first release wrote them: no labels, no counts, no share, a policy of limits only. */
const OLD_CANDIDATES = [
  {
    clusterId: CLUSTER_ID,
    clusterName: 'one',
    adminState: 'ACTIVE',
    connection: 'CONNECTED',
    health: 'WARNING',
    figures: {
      provisionedBytes: { $n: '0' },
      pendingBytes: { $n: '0' },
      effectiveBytes: { $n: '10995116277760' },
      freeBytes: { $n: '10995116277760' },
      maxReplicas: 3,
      observedAtMs: 1_767_225_600_000,
    },
  },
]
const OLD_POLICY = {
  name: 'default',
  revision: 1,
  maxProvisionedRatio: { numerator: { $n: '150' }, denominator: { $n: '100' } },
  maxProvisionedRatioForResize: { numerator: { $n: '175' }, denominator: { $n: '100' } },
  minFreeRatio: { numerator: { $n: '10' }, denominator: { $n: '100' } },
  expectedUseRatio: { numerator: { $n: '25' }, denominator: { $n: '100' } },
  maxObservationAgeMs: 45_000,
  defaultReplicas: 2,
  defaultCompression: false,
}

test('a record of the first release replays', () => {
  const request = {
    volumeId: VOLUME_ID,
    sizeBytes: 1n << 40n,
    replicas: 2,
    excludedClusterIds: [],
    growsOn: null,
    pinnedTo: null,
    group: null,
  } as const
  const candidates = storedCandidates(OLD_CANDIDATES)
  const policy = storedPolicy(OLD_POLICY)
  expect(candidates[0]).toMatchObject({ labels: {}, recentBytes: 0n, figures: { volumeCount: 0 } })
  expect(placeVolume(request, candidates, policy, 1_767_225_600_000).clusterId).toBe(CLUSTER_ID)
})

test('a policy that is stored comes back to the byte', () => {
  expect(storedPolicy(JSON.parse(toStoredPolicy(DEFAULT_POLICY)))).toEqual(DEFAULT_POLICY)
})
