import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type IdType, idExample, idType, parseId, toId, uuidOf } from './ids.ts'

const uuid = '01939b6c-7b1e-7c3a-9d52-2f6f0c1a4e77'

test.each<[id: string, type: IdType]>([
  [`cls_${uuid}`, 'Cluster'],
  [`vol_${uuid}`, 'Volume'],
  [`op_${uuid}`, 'Operation'],
  [`dec_${uuid}`, 'PlacementDecision'],
  [`tok_${uuid}`, 'Token'],
])('%s is the id of a %s', (id, type) => {
  expect(toId(type, uuid)).toBe(id)
  expect(idType(id)).toBe(type)
  expect(parseId(type, id)).toBe(id)
  expect(uuidOf(id)).toBe(uuid)
  expect(parseId(type, idExample(type))).not.toBeNull()
})

test.each([
  ['nothing', ''],
  ['a prefix alone', 'vol_'],
  ['a prefix without its separator', 'vol'],
  ['a uuid without a prefix', uuid],
  ['an unknown prefix', `foo_${uuid}`],
  ['a prefix that every object has', `constructor_${uuid}`],
  ['upper case', `vol_${uuid.toUpperCase()}`],
  ['another separator', `vol-${uuid}`],
  ['a uuid without dashes', `vol_${uuid.replaceAll('-', '')}`],
  ['a digit too few', `vol_${uuid.slice(1)}`],
  ['a digit too many', `vol_${uuid}0`],
  ['a line behind it', `vol_${uuid}\n`],
  ['two prefixes', `vol_vol_${uuid}`],
])('no id: %s', (_name, text) => {
  expect(idType(text)).toBeNull()
  expect(parseId('Volume', text)).toBeNull()
})

test('an id of one type is none of another', () => {
  expect(parseId('Cluster', toId('Volume', uuid))).toBeNull()
})

test('any uuid comes back', () => {
  fc.assert(
    fc.property(
      fc.uuid(),
      (each) => uuidOf(toId('Cluster', each)) === each && idType(`op_${each}`) === 'Operation',
    ),
  )
})
