import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { createPause } from './create-pause.ts'

test('many that pause at once go on one by one, with others in between', async () => {
  const pause = createPause()
  const log: string[] = []
  const work = Promise.all(
    ['a', 'b', 'c'].map(async (name) => {
      await pause()
      log.push(name)
    }),
  )
  for (let turn = 0; turn < 3; turn++) {
    await nextTurn()
    log.push('other')
  }
  await work
  expect(log.filter((each) => each !== 'other')).toEqual(['a', 'b', 'c'])
  expect(log.join(' ')).not.toMatch(/[abc] [abc]/)
})
