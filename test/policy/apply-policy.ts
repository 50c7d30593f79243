import { randomUUID } from 'node:crypto'
import type { InputIssue } from '@flotilla/core/errors'
import type { ApiClient } from '../testkit/api-client.ts'
import { toInput } from './api-document.ts'
import type { PolicyFile } from './policy-file.ts'
import { FileFault } from './yaml-file.ts'

interface Answer {
  readonly __typename: string
  readonly message?: string
  readonly issues?: readonly InputIssue[]
  readonly policy?: { readonly revision: number }
}

const READ = `query ($name: String!) { policy(name: $name) { revision } }`

const REFUSAL = `__typename ... on Error { message } ... on InvalidInputError { issues { path message allowed } }`

const CREATE = `mutation ($input: CreatePolicyInput!) { answer: createPolicy(input: $input) {
  ${REFUSAL} ... on CreatePolicyPayload { policy { revision } } } }`

const UPDATE = `mutation ($input: UpdatePolicyInput!) { answer: updatePolicy(input: $input) {
  ${REFUSAL} ... on UpdatePolicyPayload { policy { revision } } } }`

/** What the document of the path `input.document` is called in the file. */
const DOCUMENT_DEPTH = 2

/**
 * Makes the policy, or its next revision; whoever changed it since it was read is not overruled. May be repeated.
 *
 * @returns what came of it, for people
 * @throws FileFault when Flotilla finds the document at fault, Error for any other refusal
 */
export async function applyPolicy(api: ApiClient, { document, explain }: PolicyFile): Promise<string> {
  const { name } = document
  const { policy: present } = await api.ask<{ policy: { revision: number } | null }>(READ, { name })
  const input = present
    ? { expectedRevision: present.revision, document: toInput(document) }
    : { idempotencyKey: randomUUID(), document: toInput(document) }
  const { answer } = await api.ask<{ answer: Answer }>(present ? UPDATE : CREATE, { input })
  if (answer.policy) {
    const { revision } = answer.policy
    const outcome = present?.revision === revision ? 'is in force already' : present ? 'changed' : 'created'
    return `policy ${name}: ${outcome}, revision ${revision}`
  }
  const issues = answer.issues?.map((issue) => ({ ...issue, path: issue.path.slice(DOCUMENT_DEPTH) }))
  throw issues ? new FileFault(explain(issues)) : new Error(`policy ${name}: ${answer.message}`)
}
