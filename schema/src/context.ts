import type { Viewer } from '@flotilla/core/ports/authenticator'
import type { FleetCommands } from '@flotilla/core/ports/fleet-commands'
import type { FleetMoves } from '@flotilla/core/ports/fleet-moves'
import type { FleetReader } from '@flotilla/core/ports/fleet-reader'
import type { PlacementTrials } from '@flotilla/core/ports/placement-trials'
import type { PolicyReader } from '@flotilla/core/ports/policy-store'
import type { EventSource } from './events/event-source.ts'
import type { Loaders } from './loaders.ts'

/** What resolvers may use. One per query or mutation; a subscription keeps its own as long as it lives. */
export interface SchemaContext {
  readonly viewer: Viewer
  readonly requestId: string
  readonly reader: FleetReader
  readonly commands: FleetCommands
  readonly events: EventSource
  readonly policies: PolicyReader
  readonly trials: PlacementTrials
  readonly moves: FleetMoves
  readonly now: () => Date
  /** Lets others be served; before a piece of work that one request may ask for many times. */
  readonly pause: () => Promise<void>
  /** Each object is read once per request; a subscription replaces them with every batch of events. */
  loaders: Loaders
}
