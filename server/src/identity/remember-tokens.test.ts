import type { Viewer } from '@flotilla/core/ports/authenticator'
import { expect, test } from 'vitest'
import { rememberTokens } from './remember-tokens.ts'

const VIEWER: Viewer = { tokenId: 'tok_1', name: 'ci', role: 'VIEWER', expiresAt: null }

function countLookUps(answer: () => Viewer | null) {
  const asked: string[] = []
  const authenticator = {
    async authenticate(token: string) {
      asked.push(token)
      return answer()
    },
  }
  return { asked, authenticator }
}

test('a good token is looked up once, also when many ask at once', async () => {
  const { asked, authenticator } = countLookUps(() => VIEWER)
  const remembering = rememberTokens(authenticator, 60_000)
  const answers = await Promise.all([1, 2, 3].map(() => remembering.authenticate('a')))
  expect([...answers, await remembering.authenticate('a')]).toEqual([VIEWER, VIEWER, VIEWER, VIEWER])
  await remembering.authenticate('b')
  expect(asked).toEqual(['a', 'b'])
})

test('when the time is over it is looked up again', async () => {
  const { asked, authenticator } = countLookUps(() => VIEWER)
  const remembering = rememberTokens(authenticator, 0)
  await remembering.authenticate('a')
  await remembering.authenticate('a')
  expect(asked).toEqual(['a', 'a'])
})

test('a refusal is not remembered', async () => {
  const { asked, authenticator } = countLookUps(() => null)
  const remembering = rememberTokens(authenticator, 60_000)
  expect([await remembering.authenticate('a'), await remembering.authenticate('a')]).toEqual([null, null])
  expect(asked).toEqual(['a', 'a'])
})

test('a failed look-up is not remembered', async () => {
  let isAway = true
  const { authenticator } = countLookUps(() => {
    if (isAway) throw new Error('away')
    return VIEWER
  })
  const remembering = rememberTokens(authenticator, 60_000)
  await expect(remembering.authenticate('a')).rejects.toThrow('away')
  isAway = false
  expect(await remembering.authenticate('a')).toEqual(VIEWER)
})

test('a token that expires meanwhile is refused', async () => {
  const expiresAt = new Date(Date.now() + 30)
  const { authenticator } = countLookUps(() => ({ ...VIEWER, expiresAt }))
  const remembering = rememberTokens(authenticator, 60_000)
  expect(await remembering.authenticate('a')).not.toBeNull()
  await expect.poll(() => remembering.authenticate('a')).toBeNull()
})
