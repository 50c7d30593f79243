export const ROLES = ['ADMIN', 'OPERATOR', 'VIEWER'] as const
/** ADMIN: everything. OPERATOR: clusters and volumes. VIEWER: reads. */
export type Role = (typeof ROLES)[number]

export interface Viewer {
  readonly tokenId: string
  /** Name of the token. */
  readonly name: string
  readonly role: Role
  readonly expiresAt: Date | null
}

/** Tells who holds a token; `null` for a malformed, unknown, revoked or expired one. */
export interface Authenticator {
  authenticate(token: string): Promise<Viewer | null>
}
