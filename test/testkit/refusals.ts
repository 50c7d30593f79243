import { readFileSync } from 'node:fs'
import { buildSchema, isInputObjectType, isUnionType } from 'graphql'
import type { GraphQLAnswer } from './api-client.ts'
import type { Stack } from './stack.ts'

const schema = buildSchema(readFileSync(new URL('../../schema/schema.graphql', import.meta.url), 'utf8'))

/** The names of all mutations. */
export const MUTATIONS: readonly string[] = Object.keys(schema.getMutationType()?.getFields() ?? {})

const capitalised = (field: string) => `${field.charAt(0).toUpperCase()}${field.slice(1)}`

/** The names of what the input of a mutation may have. */
export function inputFields(mutation: string): readonly string[] {
  const type = schema.getType(`${capitalised(mutation)}Input`)
  return isInputObjectType(type) ? Object.keys(type.getFields()) : []
}

/** Asks for all that a refusal tells. */
export function mutationOf(field: string): string {
  const result = schema.getType(`${capitalised(field)}Result`)
  const members = isUnionType(result) ? result.getTypes().map(({ name }) => name) : []
  const issues = members.includes('InvalidInputError')
    ? '... on InvalidInputError { issues { path message allowed } }'
    : ''
  return `mutation Row($input: ${capitalised(field)}Input!) { ${field}(input: $input) {
    __typename ... on Error { code message path } ${issues} } }`
}

/** What was wrong, and where in the arguments. */
export interface Refusal {
  readonly code: string
  readonly path: string
  /** What is wrong. */
  readonly message: string
  /** What would have been accepted; absent where the message says it. */
  readonly allowed?: string
}

interface ErrorAnswer {
  readonly code: string
  readonly message: string
  readonly path: readonly string[]
  readonly issues?: readonly {
    readonly path: readonly string[]
    readonly message: string
    readonly allowed: string
  }[]
}

/** Top-level errors and members of a result tell the same; answers every fault of the input in turn. */
export function refusalsOf({ data, errors }: GraphQLAnswer<Record<string, unknown>>): Refusal[] {
  if (errors) {
    return errors.map(({ message, extensions }) => ({
      code: String(extensions?.code),
      path: String(extensions?.path),
      message,
      ...(extensions?.allowed !== undefined && { allowed: String(extensions.allowed) }),
    }))
  }
  const [answer] = Object.values(data ?? {}) as (ErrorAnswer | null)[]
  if (!answer?.code) return []
  const { code, message, path, issues } = answer
  if (!issues) return [{ code, path: path.join('.'), message }]
  return issues.map((issue) => ({ ...issue, code, path: issue.path.join('.') }))
}

/** Of these tables every column, of the others what only a request changes. */
const WHOLE = [
  'operation',
  'host',
  'attachment',
  'snapshot_schedule',
  'finding',
  'policy',
  'policy_revision',
  'policy_shadow',
  'bulk_operation',
  'bulk_item',
  'cluster_drain',
  'placement_decision',
  'service_key',
]
const PARTS: Readonly<Record<string, string>> = {
  volume: 'id, name, state, size_bytes, labels, revision',
  snapshot: 'id, name, state, revision',
  cluster:
    'id, name, driver, admin_state, labels, endpoints, tls, credential_kind, credential_sealed, credential_expires_at, muted_until, revision, access_revision, detached_at',
  cluster_capacity: 'cluster_id, pending_bytes',
}

/**
 * All that a refused request could have written. Nothing that was promised before may be waiting for a poll to see it.
 *
 * @param parts of these tables no other columns: where work is under way, operations move by themselves
 */
export async function readWritten(
  { sql }: Pick<Stack, 'sql'>,
  parts: Readonly<Record<string, string>> = {},
): Promise<unknown> {
  const whole = Object.fromEntries(WHOLE.map((table) => [table, '*']))
  const columns = Object.entries({ ...whole, ...PARTS, ...parts })
  const { rows } = await sql.query(
    `SELECT ${columns
      .map(
        ([table, what]) =>
          `(SELECT json_agg(row ORDER BY row::text) FROM (SELECT ${what} FROM ${table}) AS row) AS ${table}`,
      )
      .join(', ')}`,
  )
  return rows[0]
}
