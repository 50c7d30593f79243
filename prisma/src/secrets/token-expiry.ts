/** The last moment that a Date holds, in seconds. */
const MAX_SECONDS = 8.64e12

/** When a JWT says that it expires (RFC 7519, `exp`); null for one that does not say, and for what is no JWT. Nothing is verified. */
export function tokenExpiry(token: string): Date | null {
  const [, payload, signature] = token.split('.')
  if (payload === undefined || signature === undefined) return null
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString())
    if (typeof claims !== 'object' || claims === null || !('exp' in claims)) return null
    const { exp } = claims
    return typeof exp === 'number' && exp >= 0 && exp <= MAX_SECONDS ? new Date(exp * 1_000) : null
  } catch {
    return null
  }
}
