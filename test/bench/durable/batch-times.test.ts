import { expect, test } from 'vitest'
import { batchTimes } from './batch-times.ts'

test('times are those of one batch, and what is left may be less than nothing', () => {
  const table = batchTimes({ batches: 10, wallMs: 200, processMs: 90, statementsMs: 110, commitsMs: 20 })
  expect(table.slice(1).map(([, ...cells]) => cells)).toEqual([
    ['20.0', '100 %'],
    ['9.0', '45 %'],
    ['11.0', '55 %'],
    ['2.0', '10 %'],
    ['-2.0', '-10 %'],
  ])
})
