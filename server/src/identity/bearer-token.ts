/** The token in `Bearer flo_...`, or `null`. */
export function bearerToken(authorization: unknown): string | null {
  const match = typeof authorization === 'string' && /^Bearer +(\S{1,200})$/i.exec(authorization)
  return match ? (match[1] ?? null) : null
}
