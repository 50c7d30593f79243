import { expect, test } from 'vitest'
import { TIB } from '../testing/sample-fleet.ts'
import { DEFAULT_POLICY, defaultPolicy } from './default-policy.ts'
import { parsePolicyDocument } from './policy-document.ts'

const faultsOf = (fields: object) =>
  (parsePolicyDocument({ name: 'p', ...fields }).faults ?? []).map((fault) => fault.path.join('.'))

test('a name is enough', () => {
  expect(parsePolicyDocument({ name: 'default' })).toEqual({ policy: DEFAULT_POLICY })
  expect(DEFAULT_POLICY).toMatchObject({
    revision: 1,
    maxProvisionedRatio: { numerator: 15n, denominator: 10n },
    maxProvisionedRatioForResize: { numerator: 175n, denominator: 100n },
    maxObservationAgeMs: 45_000,
    ranking: 'LOWEST_PROJECTED_RATIO',
    share: null,
    drift: 'REPORT',
    spread: null,
    require: [],
  })
  expect(defaultPolicy(60_000)).toEqual({ ...DEFAULT_POLICY, maxObservationAgeMs: 270_000 })
})

test('everything can be said, and comes out exact', () => {
  const { policy } = parsePolicyDocument(
    {
      name: 'gold',
      description: 'fast and far apart',
      require: [{ key: 'tier', operator: 'In', values: ['fast'] }],
      prefer: [{ key: 'site', operator: 'Exists', weight: '0.05' }],
      spread: { label: 'rack', mode: 'ANTI_AFFINITY' },
      limits: {
        maxProvisionedRatio: { create: '1.2', resize: '1.3' },
        minFreeRatio: '0.2',
        expectedUseRatio: '1',
        maxObservationAgeMs: 60_000,
        allowDegraded: false,
        maxVolumeSize: '16TiB',
        maxVolumesPerCluster: 1000,
      },
      ranking: 'LOWEST_CURRENT_RATIO',
      drift: 'REVERT',
      share: { cap: '0.25', windowMs: 600_000, rampMs: 3_600_000 },
      defaults: { replicas: 3, compression: true, qosPolicy: 'gold' },
    },
    4,
  )
  expect(policy).toEqual({
    name: 'gold',
    revision: 4,
    description: 'fast and far apart',
    require: [{ key: 'tier', operator: 'In', values: ['fast'] }],
    prefer: [{ key: 'site', operator: 'Exists', values: [], weight: { numerator: 5n, denominator: 100n } }],
    spread: { label: 'rack', mode: 'ANTI_AFFINITY', maxPerValue: 1 },
    maxProvisionedRatio: { numerator: 12n, denominator: 10n },
    maxProvisionedRatioForResize: { numerator: 13n, denominator: 10n },
    minFreeRatio: { numerator: 2n, denominator: 10n },
    expectedUseRatio: { numerator: 1n, denominator: 1n },
    maxObservationAgeMs: 60_000,
    allowDegraded: false,
    maxVolumeSizeBytes: 16n * TIB,
    maxVolumesPerCluster: 1000,
    ranking: 'LOWEST_CURRENT_RATIO',
    drift: 'REVERT',
    share: { cap: { numerator: 25n, denominator: 100n }, windowMs: 600_000, rampMs: 3_600_000 },
    defaultReplicas: 3,
    defaultCompression: true,
    defaultQosPolicy: 'gold',
  })
})

test.each<[name: string, fields: object, path: string]>([
  ['a field that is none', { colour: 'red' }, 'colour'],
  ['a field that is none, further down', { limits: { maxSize: '1TiB' } }, 'limits.maxSize'],
  ['a name with blanks', { name: 'a b' }, 'name'],
  ['no name', { name: undefined }, 'name'],
  ['a number instead of a decimal', { limits: { minFreeRatio: 0.1 } }, 'limits.minFreeRatio'],
  ['a ratio over 1', { limits: { minFreeRatio: '1.01' } }, 'limits.minFreeRatio'],
  ['a negative ratio', { limits: { minFreeRatio: '-0.1' } }, 'limits.minFreeRatio'],
  [
    'less for growth than for creates',
    { limits: { maxProvisionedRatio: { create: '2' } } },
    'limits.maxProvisionedRatio.resize',
  ],
  ['decimal units', { limits: { maxVolumeSize: '16TB' } }, 'limits.maxVolumeSize'],
  ['a size of nothing', { limits: { maxVolumeSize: '0' } }, 'limits.maxVolumeSize'],
  ['another operator', { require: [{ key: 'a', operator: 'Like' }] }, 'require.0.operator'],
  ['In without values', { require: [{ key: 'a', operator: 'In' }] }, 'require.0.values'],
  ['Exists with values', { require: [{ key: 'a', operator: 'Exists', values: ['b'] }] }, 'require.0.values'],
  ['a weight over 1', { prefer: [{ key: 'a', operator: 'Exists', weight: '1.5' }] }, 'prefer.0.weight'],
  ['no weight', { prefer: [{ key: 'a', operator: 'Exists' }] }, 'prefer.0.weight'],
  ['another mode', { spread: { label: 'rack', mode: 'NEAR' } }, 'spread.mode'],
  ['a cap of nothing', { share: { cap: '0', windowMs: 1_000 } }, 'share.cap'],
  ['four replicas', { defaults: { replicas: 4 } }, 'defaults.replicas'],
  ['text instead of an object', { limits: 'none' }, 'limits'],
])('refused, with its path: %s', (_name, fields, path) => {
  expect(faultsOf(fields)).toEqual([path])
})

test('a fault says what is wrong and what is allowed, and all are told together', () => {
  const { faults } = parsePolicyDocument({
    name: 'p',
    ranking: 'BEST',
    colour: 'red',
    defaults: { replicas: 9 },
  })
  expect(faults).toEqual(
    expect.arrayContaining([
      {
        path: ['ranking'],
        message: 'is "BEST"',
        allowed: 'LOWEST_PROJECTED_RATIO, LOWEST_CURRENT_RATIO',
      },
      { path: ['defaults', 'replicas'], message: 'is 9', allowed: 'a whole number from 1 to 3' },
      {
        path: ['colour'],
        message: 'is no field here',
        allowed:
          'an object with name, description, require, prefer, spread, limits, ranking, share, drift, defaults',
      },
    ]),
  )
  expect(parsePolicyDocument(null).faults).toEqual([
    expect.objectContaining({ path: [], message: 'is null' }),
  ])
})

test('text that cannot be stored is refused, saying why', () => {
  const { faults } = parsePolicyDocument({
    name: 'p',
    description: 'a\0',
    defaults: { qosPolicy: '\ud800' },
  })
  const allowed = 'well-formed Unicode without the character U+0000'
  expect(faults).toEqual([
    { path: ['description'], message: 'has the character U+0000', allowed },
    { path: ['defaults', 'qosPolicy'], message: 'has half of a surrogate pair', allowed },
  ])
})
