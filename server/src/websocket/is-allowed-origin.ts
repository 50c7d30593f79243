import type { IncomingMessage } from 'node:http'

/**
 * Browsers always tell where a page comes from; one from elsewhere gets no connection. Programs send no Origin.
 *
 * @param allowed further origins, as `https://host:port`
 */
export function isAllowedOrigin({ headers }: IncomingMessage, allowed: readonly string[]): boolean {
  const { origin, host } = headers
  if (origin === undefined) return true
  if (allowed.includes(origin)) return true
  return URL.canParse(origin) && new URL(origin).host === host
}
