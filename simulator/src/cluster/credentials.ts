import { createPublicKey } from 'node:crypto'
import type { ClusterState } from './cluster-state.ts'
import { requireName } from './field-rules.ts'
import { findProject, type IfMatch, requireMatch } from './lookup.ts'
import type { CredentialRecord } from './records.ts'
import { Refusal } from './refusal.ts'

export interface CreateCredentialRequest {
  readonly projectName: string
  readonly id: string
  readonly type: string
  readonly payload: string
}

/** The `kid` of the tokens that the credential's private key signs. */
export function keyIdOf(projectName: string, id: string): string {
  return `${projectName}:${id}`
}

/** Stores an RSA public key under `<project>:<id>`; tokens signed with its private half are then accepted. */
export function createCredential(cluster: ClusterState, request: CreateCredentialRequest): CredentialRecord {
  const { id, type, payload } = request
  requireName(id, 'credential ID')
  const { name: projectName } = findProject(cluster, request.projectName)
  if (type !== 'RS256PubKey') throw new Refusal('Unimplemented', `credential type ${type} is not simulated`)
  requireRsaPublicKey(payload)
  const key = keyIdOf(projectName, id)
  if (cluster.credentials.get(key)) throw new Refusal('AlreadyExists', `credential "${key}" already exists`)
  const credential: CredentialRecord = { projectName, id, type, payload, etag: 1 }
  cluster.credentials.put(key, credential)
  return credential
}

export function findCredential(cluster: ClusterState, projectName: string, id: string): CredentialRecord {
  const credential = cluster.credentials.get(keyIdOf(projectName, id))
  if (!credential) throw new Refusal('NotFound', `credential "${id}" not found in project "${projectName}"`)
  return credential
}

/** From now on tokens of this key are refused. */
export function deleteCredential(
  cluster: ClusterState,
  projectName: string,
  id: string,
  ifMatch: IfMatch,
): void {
  requireMatch(findCredential(cluster, projectName, id), ifMatch)
  cluster.credentials.delete(keyIdOf(projectName, id))
}

/** The PEM text inside a credential's payload. */
export function publicKeyPem(payload: string): string {
  return Buffer.from(payload, 'base64').toString('utf8')
}

function requireRsaPublicKey(payload: string): void {
  if (isRsaPublicKey(publicKeyPem(payload))) return
  throw new Refusal('InvalidArgument', 'payload must be the base64 of an RSA public key in PEM')
}

function isRsaPublicKey(pem: string): boolean {
  try {
    return createPublicKey(pem).asymmetricKeyType === 'rsa'
  } catch {
    return false
  }
}
