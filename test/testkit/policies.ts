import { randomUUID } from 'node:crypto'
import type { ApiClient } from './api-client.ts'

export interface PolicyAnswer {
  readonly __typename: string
  readonly message?: string
  readonly policy?: { readonly name: string; readonly revision: number }
  readonly operation?: { readonly id: string }
  readonly issues?: readonly { readonly path: readonly string[]; readonly allowed: string }[]
  readonly currentRevision?: number
}

const ANSWER = `__typename ... on Error { message } ... on InvalidInputError { issues { path allowed } }`
const CHANGED = 'policy { name revision } operation { id }'

const CREATE = `mutation ($input: CreatePolicyInput!) { answer: createPolicy(input: $input) {
  ${ANSWER} ... on CreatePolicyPayload { ${CHANGED} } } }`

const UPDATE = `mutation ($input: UpdatePolicyInput!) { answer: updatePolicy(input: $input) {
  ${ANSWER} ... on RevisionConflictError { currentRevision } ... on UpdatePolicyPayload { ${CHANGED} } } }`

const DELETE = `mutation ($name: String!) { answer: deletePolicy(input: { name: $name }) {
  __typename ... on Error { message } } }`

export function createPolicy(
  api: ApiClient,
  document: object,
  idempotencyKey: string = randomUUID(),
): Promise<PolicyAnswer> {
  return answerOf(api, CREATE, { input: { idempotencyKey, document } })
}

export function updatePolicy(
  api: ApiClient,
  document: object,
  expectedRevision: number,
  idempotencyKey?: string,
): Promise<PolicyAnswer> {
  return answerOf(api, UPDATE, { input: { idempotencyKey, document, expectedRevision } })
}

export function deletePolicy(api: ApiClient, name: string): Promise<PolicyAnswer> {
  return answerOf(api, DELETE, { name })
}

async function answerOf(
  api: ApiClient,
  query: string,
  variables: Record<string, unknown>,
): Promise<PolicyAnswer> {
  return (await api.ask<{ answer: PolicyAnswer }>(query, variables)).answer
}
