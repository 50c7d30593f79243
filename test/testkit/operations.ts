import type { Stack } from './stack.ts'
import { waitUntil } from './wait-until.ts'

export interface OperationView {
  readonly id: string
  readonly kind: string
  readonly state: string
  readonly cancellable: boolean
  readonly retryable: boolean
  readonly progress: string | null
  readonly actor: string
  readonly error: { readonly code: string; readonly message: string } | null
  readonly counts: Counts | null
  readonly parent: { readonly id: string } | null
  readonly repeats: { readonly id: string } | null
  readonly cancels: { readonly id: string } | null
  readonly target: { readonly __typename: string; readonly id: string } | null
  readonly steps: readonly {
    readonly kind: string
    readonly state: string
    readonly cluster: { readonly name: string } | null
  }[]
  /** Newest first. */
  readonly attempts: readonly {
    readonly startedAt: string
    readonly error: { readonly code: string; readonly message: string } | null
  }[]
}

export interface Counts {
  readonly total: number
  readonly pending: number
  readonly running: number
  readonly succeeded: number
  readonly failed: number
  readonly cancelled: number
}

const OPERATION = `id kind state cancellable retryable progress actor error { code message }
  counts { total pending running succeeded failed cancelled }
  parent { id } repeats { id } cancels { id } target { __typename ... on Node { id } }
  steps { kind state cluster { name } } attempts { startedAt error { code message } }`

export async function readOperation(
  { api }: Pick<Stack, 'api'>,
  id: string | undefined,
): Promise<OperationView> {
  const query = `query ($id: ID!) { operation(id: $id) { ${OPERATION} } }`
  return (await api.ask<{ operation: OperationView }>(query, { id })).operation
}

/** Waits until the operation has ended, whichever way, with all its items. */
export function untilEnded(
  stack: Pick<Stack, 'api'>,
  id: string | undefined,
  timeoutMs = 60_000,
): Promise<OperationView> {
  return waitUntil(
    `${id} to end`,
    async () => {
      const operation = await readOperation(stack, id)
      return !['PENDING', 'RUNNING'].includes(operation.state) && operation
    },
    timeoutMs,
  )
}

/** Every child, all pages. */
export async function readChildren(
  { api }: Pick<Stack, 'api'>,
  id: string | undefined,
): Promise<readonly OperationView[]> {
  const query = `query ($id: ID!, $after: String) { operation(id: $id) { children(first: 50, after: $after) {
    nodes { id kind state actor error { code message } parent { id } target { __typename ... on Node { id } } }
    pageInfo { hasNextPage endCursor } } } }`
  interface Page {
    readonly nodes: OperationView[]
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null }
  }
  const children: OperationView[] = []
  for (let after: string | null = null; ; ) {
    const { operation }: { operation: { children: Page } } = await api.ask(query, { id, after })
    children.push(...operation.children.nodes)
    if (!operation.children.pageInfo.hasNextPage) return children
    after = operation.children.pageInfo.endCursor
  }
}

export interface BulkAnswer {
  readonly __typename: string
  readonly code?: string
  readonly message?: string
  readonly path?: readonly string[]
  readonly itemCount?: number
  readonly operation?: { readonly id: string; readonly state: string; readonly counts: Counts } | null
  readonly plan?: {
    readonly itemCount: number
    readonly blockedCount: number
    readonly items: readonly {
      readonly volume: { readonly id: string }
      readonly blockedBy: { readonly code: string; readonly message: string } | null
    }[]
  } | null
}

const BULK_OPERATION = 'operation { id state counts { total pending running succeeded failed cancelled } }'

/** Asks for something of many volumes, insisting: a server may be killed meanwhile. */
export async function askBulk(
  { api }: Pick<Stack, 'api'>,
  field: string,
  input: Record<string, unknown> & { readonly idempotencyKey: string },
): Promise<BulkAnswer> {
  const type = `${field.charAt(0).toUpperCase()}${field.slice(1)}Input`
  const success =
    field === 'bulkCreateVolumes'
      ? `... on BulkCreateVolumesPayload { ${BULK_OPERATION} }`
      : `... on BulkPayload { ${BULK_OPERATION}
           plan { itemCount blockedCount items(first: 200) { volume { id } blockedBy { code message } } } }
         ... on TooManyItemsError { itemCount }`
  const query = `mutation ($input: ${type}!) { answer: ${field}(input: $input) {
    __typename ... on Error { code message path } ${success} } }`
  return (await api.insist<{ answer: BulkAnswer }>(query, { input })).answer
}
