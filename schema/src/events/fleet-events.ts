import {
  type EventCursor,
  type FleetEvent,
  formatCursor,
  parseCursor,
} from '@flotilla/core/events/fleet-event'
import { builder } from '../builder.ts'
import type { SchemaContext } from '../context.ts'
import { topLevelError } from '../errors/top-level-error.ts'
import { createLoaders, type Loaders } from '../loaders.ts'
import type { StreamItem } from './event-source.ts'
import { type FleetMessage, fleetEvent } from './fleet-event.ts'
import { readMessage } from './read-message.ts'
import { stoppable } from './stoppable.ts'

const fleetEventKind = builder.enumType('FleetEventKind', {
  description: 'What a change is about.',
  values: {
    CLUSTER: { description: 'Clusters: changed figures or settings, and those that leave.' },
    VOLUME: { description: 'Volumes.' },
    SNAPSHOT: { description: 'Snapshots.' },
    SCHEDULE: { description: 'Schedules of snapshots: changed or run.' },
    OPERATION: { description: 'Operations.' },
    ALERT: { description: 'Alerts: raised, cleared, or of another severity.' },
    FINDINGS: { description: 'Findings, by cluster.' },
  },
})

builder.subscriptionField('fleetEvents', (t) =>
  t.field({
    type: fleetEvent,
    description:
      'Without `after`: a FleetSnapshot first, then each change. With it: every change since, or ResyncRequired when the log no longer reaches back. Each change shows its object as it is when it is delivered.',
    args: {
      after: t.arg.string({
        description: 'Cursor of the last thing received; the stream goes on behind it.',
      }),
      kinds: t.arg({ type: [fleetEventKind], description: 'Which changes; all when absent.' }),
    },
    subscribe: (_root, { after, kinds }, context) => {
      const cursor = after ? readCursor(after) : null
      const wants = (event: FleetEvent) => !kinds || kinds.some((kind) => event.kind.startsWith(kind))
      return stoppable((signal) => deliver(cursor, wants, context, signal))
    },
    resolve: (message) => message,
  }),
)

async function* deliver(
  after: EventCursor | null,
  wants: (event: FleetEvent) => boolean,
  context: SchemaContext,
  signal: AbortSignal,
): AsyncGenerator<FleetMessage> {
  // The position is taken before the snapshot is read: a change in between comes twice, never not at all.
  const cursor = after ?? (await context.events.head())
  if (!after) yield { type: 'FleetSnapshot', cursor, clusters: await context.reader.allClusters() }
  for await (const batch of context.events.stream(cursor, wants, signal)) {
    context.loaders = createLoaders(context.reader, context.policies)
    yield* readMessages(batch, context.loaders)
  }
}

/** All objects of the batch are asked for at once, so that they are read together. */
async function* readMessages(batch: readonly StreamItem[], loaders: Loaders): AsyncGenerator<FleetMessage> {
  for (const message of await Promise.all(batch.map((item) => readMessage(item, loaders)))) {
    if (message) yield message
  }
}

function readCursor(text: string): EventCursor {
  const cursor = parseCursor(text)
  if (cursor) return formatCursor(cursor.transaction, cursor.sequence)
  const allowed = 'the cursor of an event that was received ("1234.56")'
  throw topLevelError('BAD_INPUT', `after: ${JSON.stringify(text)} is no cursor; allowed: ${allowed}`, {
    path: 'after',
    allowed,
  })
}
