import { expect, test } from 'vitest'
import { askedProperties, type FormerProperties, type VolumeProperties } from './volume-properties.ts'

const WANTED: VolumeProperties = { compression: false, qosPolicy: 'gold', labels: { a: '1' } }

test.each<[name: string, former: FormerProperties, asked: FormerProperties]>([
  ['nothing', {}, {}],
  ['another QoS policy', { qosPolicy: 'silver' }, { qosPolicy: 'gold' }],
  ['a QoS policy where there was none', { qosPolicy: null }, { qosPolicy: 'gold' }],
  ['what is on record already', WANTED, WANTED],
  [
    'the rest, without the QoS policy',
    { compression: true, labels: {} },
    { compression: false, labels: { a: '1' } },
  ],
])('%s is asked for', (_name, former, asked) => {
  expect(askedProperties(former, WANTED)).toEqual(asked)
})

test('a QoS policy is taken away by null', () => {
  expect(askedProperties({ qosPolicy: 'gold' }, { ...WANTED, qosPolicy: null })).toEqual({ qosPolicy: null })
})
