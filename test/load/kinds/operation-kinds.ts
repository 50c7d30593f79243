import { askOnce, type LoadContext, type LoadKind } from '../load-kind.ts'

interface OperationsData {
  readonly operations: {
    readonly nodes: readonly {
      readonly id: string
      readonly cancellable: boolean
      readonly retryable: boolean
    }[]
  }
}

/** What is taken back, and what is asked for once more. */
export const OPERATION_KINDS: readonly LoadKind[] = [
  {
    name: 'cancel-operation',
    share: 3,
    async ask(context) {
      const [id] = await operationsWith(context, ['PENDING', 'RUNNING'], 'cancellable')
      // The record of the cancellation is the one under the key.
      const selection = 'operation: cancellation { id }'
      return id ? (await askOnce(context, 'cancelOperation', { id }, selection)).__typename : null
    },
  },
  {
    name: 'retry-operation',
    share: 2,
    async ask(context) {
      const [id] = await operationsWith(context, ['FAILED', 'PARTIAL'], 'retryable')
      return id ? (await askOnce(context, 'retryOperation', { id }, 'operation { id }')).__typename : null
    },
  },
]

/** Those of the newest, in another order for each request. */
async function operationsWith(
  { client, random }: LoadContext,
  state: readonly string[],
  ability: 'cancellable' | 'retryable',
): Promise<readonly string[]> {
  const { operations } = await client.read<OperationsData>(
    `query ($state: [OperationState!]) { operations(first: 50, where: { state: $state }) {
      nodes { id cancellable retryable } } }`,
    { state },
  )
  const able = operations.nodes.filter((operation) => operation[ability])
  const start = Math.floor(random() * able.length)
  return [...able.slice(start), ...able.slice(0, start)].map(({ id }) => id)
}
