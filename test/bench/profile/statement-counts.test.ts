import { expect, test } from 'vitest'
import { statementTable } from './statement-counts.ts'

test('a statement is told on one line, by its time for each volume and its share of all, shown or not', () => {
  const few = Array.from({ length: 10 }, (_, index) => ({ query: `SELECT ${index}`, calls: 1, ms: 1 }))
  const table = statementTable([{ query: '\n  INSERT\n  || 1', calls: 3, ms: 30 }, ...few], 100)
  expect(table[1]).toEqual(['INSERT \\|\\| 1', '300', '75 %', '3'])
  expect(table).toHaveLength(11)
})
