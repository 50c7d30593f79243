import { createPublicKey, type KeyObject } from 'node:crypto'
import { decodeProtectedHeader, errors, type JWTPayload, jwtVerify } from 'jose'
import { z } from 'zod'
import type { ClusterState } from '../cluster/cluster-state.ts'
import { publicKeyPem } from '../cluster/credentials.ts'
import { SYSTEM_PROJECT } from '../cluster/projects.ts'
import { Refusal } from '../cluster/refusal.ts'

/** What a token allows, by scope: `system` or a project. An admin may do what a viewer may. */
export type Caller = ReadonlyMap<string, 'admin' | 'viewer'>

const KID = /^([^:]+):(.+)$/
const ROLE = /^([^:]+):(?:cluster-|tenant-)?(admin|viewer)$/
const claimsSchema = z.object({ sub: z.string(), roles: z.array(z.string()).min(1) })

/** Parsed keys by PEM text; the same few keys serve a whole fleet. */
const parsedKeys = new Map<string, KeyObject>()

/** Claims of tokens whose signature was found good, by key and token: hardware of its own would check each one. */
const verifiedClaims = new Map<string, JWTPayload>()
const MOST_VERIFIED = 10_000

/**
 * Verifies the bearer token against the keys that were uploaded to this cluster. Throws Unauthenticated unless it
 * is an RS256 JWT with a known `kid`, a good signature, `sub`, an unexpired `exp`, and roles within the key's scope.
 */
export async function authenticate(
  cluster: ClusterState,
  authorization: string | undefined,
): Promise<Caller> {
  const token = /^Bearer (.+)$/i.exec(authorization ?? '')?.[1]
  if (!token) throw new Refusal('Unauthenticated', 'no bearer token')
  try {
    const { kid = '' } = decodeProtectedHeader(token)
    const claims = await verify(token, pemOf(cluster, kid), cluster.clock.now())
    return rolesWithin(KID.exec(kid)?.[1] ?? '', claimsSchema.parse(claims).roles)
  } catch (error) {
    if (error instanceof Refusal) throw error
    const reason = error instanceof errors.JOSEError ? error.message : 'malformed claims'
    throw new Refusal('Unauthenticated', `invalid token: ${reason}`)
  }
}

async function verify(token: string, pem: string, nowMs: number): Promise<JWTPayload> {
  const known = verifiedClaims.get(`${pem}${token}`)
  if (known?.exp && known.exp * 1000 > nowMs) return known
  const { payload } = await jwtVerify(token, keyOf(pem), {
    algorithms: ['RS256'],
    requiredClaims: ['exp', 'sub'],
    currentDate: new Date(nowMs),
  })
  if (verifiedClaims.size >= MOST_VERIFIED) verifiedClaims.clear()
  verifiedClaims.set(`${pem}${token}`, payload)
  return payload
}

function pemOf(cluster: ClusterState, kid: string): string {
  const credential = cluster.credentials.get(kid)
  if (!credential) throw new Refusal('Unauthenticated', `unknown key id "${kid}"`)
  return publicKeyPem(credential.payload)
}

function keyOf(pem: string): KeyObject {
  const key = parsedKeys.get(pem) ?? createPublicKey(pem)
  parsedKeys.set(pem, key)
  return key
}

/** A key of the system scope may grant any role; a project's key only roles of its own project. */
function rolesWithin(keyScope: string, roles: readonly string[]): Caller {
  const caller = new Map<string, 'admin' | 'viewer'>()
  for (const role of roles) {
    const [, scope = '', level] = ROLE.exec(role) ?? []
    const isWithin = keyScope === SYSTEM_PROJECT || keyScope === scope
    if (!isWithin || (level !== 'admin' && level !== 'viewer')) {
      throw new Refusal('Unauthenticated', `role "${role}" is not valid for a key of "${keyScope}"`)
    }
    if (caller.get(scope) !== 'admin') caller.set(scope, level)
  }
  return caller
}
