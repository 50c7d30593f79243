import { expect, test } from 'vitest'
import { isDatabaseAway } from './is-database-away.ts'

const coded = (code: string) => Object.assign(new Error('x'), { code })

test.each([
  ['nobody listens', coded('ECONNREFUSED')],
  ['nobody listens, on any address', new AggregateError([coded('ECONNREFUSED')])],
  ['shut down by the administrator', coded('57P01')],
  ['too many connections', coded('53300')],
  ['no space on the disk', coded('53100')],
  ['a standby', coded('25006')],
  ['a connection that broke', new Error('Connection terminated unexpectedly')],
  ['no connection free', new Error('timeout exceeded when trying to connect')],
  ['no answer', new Error('Query read timeout')],
  [
    'as Prisma tells it',
    Object.assign(coded('P2010'), { meta: { driverAdapterError: { cause: { originalCode: '57P01' } } } }),
  ],
  ['as a cause', new Error('x', { cause: coded('08006') })],
])('%s', (_what, error) => {
  expect(isDatabaseAway(error)).toBe(true)
})

test.each([
  ['a fault of ours', new TypeError('undefined is not a function')],
  ['a constraint', coded('23505')],
  ['a bad statement', coded('42601')],
  ['a deadlock', coded('40P01')],
  ['nothing', null],
])('not %s', (_what, error) => {
  expect(isDatabaseAway(error)).toBe(false)
})
