import type { Authenticator } from '@flotilla/core/ports/authenticator'

/**
 * Asks again and again whether a token is still good, as long as a connection lives on it. A failing look-up ends
 * nothing: it is asked again.
 *
 * @param onRefused called at most once
 * @returns ends the watch
 */
export function watchToken(
  authenticator: Authenticator,
  token: string,
  everyMs: number,
  onRefused: () => void,
): () => void {
  const timer = setInterval(check, everyMs)
  return () => clearInterval(timer)

  async function check(): Promise<void> {
    const isRefused = await authenticator.authenticate(token).then(
      (viewer) => viewer === null,
      () => false,
    )
    if (!isRefused) return
    clearInterval(timer)
    onRefused()
  }
}
