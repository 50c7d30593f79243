import { expect, test } from 'vitest'
import type { ApiClient } from '../testkit/api-client.ts'
import { NO_HISTORY } from './history-writer.ts'
import { runLoad } from './run-load.ts'

/** One that answers each request once it may. */
function answering(may: Promise<void>) {
  const send = async () => {
    await may
    return { data: { answer: { __typename: 'OutOfSpaceError' } } }
  }
  return { send } as unknown as ApiClient
}

function settings(api: ApiClient, signal: AbortSignal) {
  return {
    apis: [api],
    insistMs: 0,
    history: NO_HISTORY,
    count: 50,
    rate: 0,
    concurrency: 4,
    medianGib: 1,
    sigma: 1,
    seed: 1,
    mix: new Map([['create', 1]]),
    qosPolicies: [],
    runName: 'run',
    signal,
  }
}

test('a load that is ended answers what is under way and begins nothing more', async () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  const ending = new AbortController()
  const load = runLoad(settings(answering(promise), ending.signal))
  await new Promise(setImmediate)
  ending.abort()
  resolve()
  expect(await load).toMatchObject({ done: 4, failed: 0 })
})

test('one that nobody ends comes to its count', async () => {
  const load = runLoad(settings(answering(Promise.resolve()), new AbortController().signal))
  expect(await load).toMatchObject({ done: 50, failed: 0 })
})
