import { expect, test } from 'vitest'
import { create } from '../testing/sample-batch.ts'
import { SAMPLE_POLICY } from '../testing/sample-fleet.ts'
import { applyDefaults } from './apply-defaults.ts'
import type { WantedCreate } from './placement-intent.ts'

const policy = { ...SAMPLE_POLICY, defaultQosPolicy: 'bronze', defaultCompression: true }

const applied = (wanted: Partial<WantedCreate['volume']>) => {
  const { qosPolicy: _, ...volume } = create(1).volume
  return applyDefaults({ ...create(1), volume: { ...volume, ...wanted } }, policy)
}

test('what is left open comes from the policy', () => {
  expect(applied({ compression: null, replicas: null })).toMatchObject({
    volume: { compression: true, replicas: SAMPLE_POLICY.defaultReplicas },
  })
})

test.each([
  ['the default, where nothing is said', {}, 'bronze'],
  ['the one that is named', { qosPolicy: 'gold' }, 'gold'],
  ['none, where that is said', { qosPolicy: null }, null],
])('the QoS policy is %s', (_what, wanted, qosPolicy) => {
  expect(applied(wanted)).toMatchObject({ volume: { qosPolicy } })
})
