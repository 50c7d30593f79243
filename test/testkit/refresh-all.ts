import { mutate, untilDone } from './data-life.ts'
import type { Stack } from './stack.ts'

/** Has every cluster looked at, and waits until that is done. */
export async function refreshAll(stack: Stack): Promise<void> {
  const { clusters } = await stack.api.ask<{ clusters: { nodes: { id: string }[] } }>(
    '{ clusters { nodes { id } } }',
  )
  for (const { id } of clusters.nodes) {
    const { operation } = await mutate(stack, 'refreshCluster', { id }, 'operation { id }')
    await untilDone(stack, operation?.id)
  }
}
