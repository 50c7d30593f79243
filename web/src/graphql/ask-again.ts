import { type Exchange, makeOperation, mapExchange, type Operation } from '@urql/core'
import type { FleetEvent } from './fleet-events-document.ts'

/**
 * An answer may be older than an event that came while it was under way. The cache takes the later one for the newer
 * one, so that the older state would stay on the screen. What such an event was about is asked for again.
 * Sits between the cache and the network.
 */
export function askAgain(reexecute: (operation: Operation) => void): Exchange {
  const underWay = new Map<number, { readonly id: unknown; isOvertaken: boolean }>()
  return mapExchange({
    onOperation({ kind, key, variables }) {
      if (kind === 'teardown') underWay.delete(key)
      else if (kind === 'query' && variables?.id) underWay.set(key, { id: variables.id, isOvertaken: false })
    },
    onResult({ operation, data }) {
      if (operation.kind === 'subscription') {
        const changedId = idOf(data?.fleetEvents)
        if (changedId === null) return
        for (const query of underWay.values()) query.isOvertaken ||= query.id === changedId
        return
      }
      const isOvertaken = underWay.get(operation.key)?.isOvertaken
      underWay.delete(operation.key)
      if (!isOvertaken) return
      const context = { ...operation.context, requestPolicy: 'network-only' as const }
      // Only what has been answered may be asked again.
      queueMicrotask(() => reexecute(makeOperation('query', operation, context)))
    },
  })
}

function idOf(event: FleetEvent | undefined): string | null {
  if (event?.__typename === 'VolumeChanged') return event.volume.id
  return event?.__typename === 'OperationChanged' ? event.operation.id : null
}
