import { OverloadedError } from '@flotilla/core/errors'
import { expect, test } from 'vitest'
import { createOneAtATime } from './one-at-a-time.ts'

test('one after the other, in order, whatever becomes of the one before', async () => {
  const oneAtATime = createOneAtATime()
  const first = Promise.withResolvers<void>()
  const log: string[] = []
  const failing = oneAtATime(async () => {
    log.push('first begins')
    await first.promise
    log.push('first ends')
    throw new Error('broken')
  })
  const second = oneAtATime(async () => log.push('second'))
  first.resolve()
  await expect(failing).rejects.toThrow('broken')
  await second
  expect(log).toEqual(['first begins', 'first ends', 'second'])
})

test('too many that wait are refused, and as they end others are let in again', async () => {
  const oneAtATime = createOneAtATime()
  const gate = Promise.withResolvers<void>()
  const waiting = Array.from({ length: 9 }, () => oneAtATime(() => gate.promise))
  await expect(oneAtATime(() => gate.promise)).rejects.toThrow(OverloadedError)
  gate.resolve()
  await Promise.all(waiting)
  await expect(oneAtATime(async () => 'in')).resolves.toBe('in')
})
