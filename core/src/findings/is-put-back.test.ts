import { expect, test } from 'vitest'
import { isPutBack } from './is-put-back.ts'

const OURS = { nqn: 'a', addresses: [], mode: 'EXCLUSIVE' } as const
const WRITTEN = {
  name: 'flo-1',
  project: 'default',
  sizeBytes: 10n,
  replicas: 2,
  compression: false,
  qosPolicy: 'gold',
  labels: { a: 'b' },
  access: { hostNqns: ['a'], addresses: 'ANY' },
} as const

test.each([
  ['nothing', {}, false],
  ['a name', { name: 'astray' }, true],
  ['a size that is smaller', { sizeBytes: 9n }, true],
  ['a size that has grown', { sizeBytes: 11n }, false],
  ['another compression', { compression: true }, true],
  ['another QoS policy', { qosPolicy: 'silver' }, true],
  ['other labels', { labels: {} }, true],
  ['replicas', { replicas: 3 }, false],
  ['a stranger', { access: { hostNqns: ['a', 'x'], addresses: 'ANY' } }, false],
  ['a host of ours that was shut out', { access: { hostNqns: [], addresses: 'ANY' } }, true],
  ['a list that was opened to everybody', { access: { hostNqns: 'ANY', addresses: 'ANY' } }, true],
  ['other addresses', { access: { hostNqns: ['a'], addresses: ['10.0.0.1'] } }, true],
  ['access that was not kept', { access: null }, false],
] as const)('%s', (_what, change, expected) => {
  expect(isPutBack(WRITTEN, { ...WRITTEN, ...change }, [OURS])).toBe(expected)
})

test('a QoS policy that was given to a volume without one', () => {
  expect(isPutBack({ ...WRITTEN, qosPolicy: null }, WRITTEN, [OURS])).toBe(true)
})
