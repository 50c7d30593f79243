import { expect, test } from 'vitest'
import { functionsByRow } from './functions-by-row.ts'

const time = (name: string, us: number) => ({ name, us })

test('a profile shares out what a decision costs, the dearest function first and the cheapest together', () => {
  const many = Array.from({ length: 15 }, (_, index) => time(`small-${index}`, 1))
  const table = functionsByRow('us', [
    {
      name: 'alone',
      us: 300,
      packages: [{ name: 'core', us: 200, functions: [time('#prepare', 150), time('#score', 50)] }],
    },
    {
      name: 'of 64',
      us: 10,
      packages: [
        { name: 'core', us: 85, functions: [time('#score', 85)] },
        { name: 'V8', us: 15, functions: many },
      ],
    },
  ])
  expect(table[0]).toEqual(['us', 'alone', 'of 64'])
  expect(table.slice(1, 4)).toEqual([
    ['core: #prepare', '225 (75 %)', '0.00 (0 %)'],
    ['core: #score', '75.0 (25 %)', '8.50 (85 %)'],
    ['V8: small-0', '0.00 (0 %)', '0.100 (1 %)'],
  ])
  expect(table).toHaveLength(17)
  expect(table.at(-1)).toEqual(['2 others', '0.00 (0 %)', '0.200 (2 %)'])
})
