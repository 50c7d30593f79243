import { pino } from 'pino'
import { expect, test } from 'vitest'
import { onceDatabaseAnswers } from './once-database-answers.ts'

const lines: string[] = []
const log = pino({}, { write: (line: string) => lines.push(line) })

test('it is done again while the database is away, and said', async () => {
  let tries = 0
  const work = async () => {
    tries++
    if (tries === 1) throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
    return 'done'
  }
  expect(await onceDatabaseAnswers(log, work)).toBe('done')
  expect(tries).toBe(2)
  expect(lines).toEqual([expect.stringContaining('the database does not answer; asking again')])
})

test('any other fault ends it', async () => {
  const work = () => Promise.reject(new Error('another key'))
  await expect(onceDatabaseAnswers(log, work)).rejects.toThrow('another key')
})
