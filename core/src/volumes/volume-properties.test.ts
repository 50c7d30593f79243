import { expect, test } from 'vitest'
import { changedProperties, type VolumeProperties } from './volume-properties.ts'

const PRESENT: VolumeProperties = { compression: true, qosPolicy: 'gold', labels: { a: '1', b: '2' } }

test.each<[name: string, wanted: Partial<VolumeProperties>, asked: object]>([
  ['what is so already is not asked for', { labels: { b: '2', a: '1' } }, {}],
  ['another QoS policy', { qosPolicy: 'silver' }, { qosPolicy: 'silver' }],
  ['no QoS policy of its own', { qosPolicy: null }, { qosPolicy: null }],
  [
    'the rest, without the QoS policy',
    { compression: false, labels: {} },
    { compression: false, labels: {} },
  ],
])('%s', (_name, wanted, asked) => {
  expect(changedProperties(PRESENT, { ...PRESENT, ...wanted })).toEqual(asked)
})
