import type { Authenticator, Viewer } from '@flotilla/core/ports/authenticator'

interface Remembered {
  readonly viewer: Promise<Viewer | null>
  readonly untilMs: number
}

/** Far more than a fleet's users; past it the oldest is forgotten. */
const MAX_REMEMBERED = 10_000

/**
 * Asks for a token once in `rememberedMs`, not with every request: a script's hundred requests a second need one
 * look-up. A revoked token is therefore refused at most that much later. Only good answers are remembered.
 */
export function rememberTokens(authenticator: Authenticator, rememberedMs: number): Authenticator {
  const tokens = new Map<string, Remembered>()

  function look(token: string): Promise<Viewer | null> {
    const viewer = authenticator.authenticate(token)
    tokens.set(token, { viewer, untilMs: performance.now() + rememberedMs })
    const forget = () => tokens.delete(token)
    viewer.then((found) => found ?? forget(), forget)
    const [oldest] = tokens.keys()
    if (oldest !== undefined && tokens.size > MAX_REMEMBERED) tokens.delete(oldest)
    return viewer
  }

  return {
    async authenticate(token) {
      const remembered = tokens.get(token)
      const isFresh = remembered && remembered.untilMs > performance.now()
      if (!isFresh) tokens.delete(token)
      const viewer = await (isFresh ? remembered.viewer : look(token))
      const hasExpired = viewer?.expiresAt && viewer.expiresAt <= new Date()
      return hasExpired ? null : viewer
    },
  }
}
