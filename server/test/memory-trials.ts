import { createFleetMoves } from '@flotilla/core/commands/fleet-move-service'
import { createPlacementTrials } from '@flotilla/core/commands/placement-trial-service'
import type { ClusterId, IdSource } from '@flotilla/core/identity/ids'
import type { Drained } from '@flotilla/core/ports/drain-store'
import type { FleetMoves } from '@flotilla/core/ports/fleet-moves'
import type { PlacementTrials } from '@flotilla/core/ports/placement-trials'
import type { PolicyReader } from '@flotilla/core/ports/policy-store'
import { inSlices } from '../src/trials/in-slices.ts'
import { createOneAtATime } from '../src/trials/one-at-a-time.ts'

interface MemoryTrialOptions {
  readonly policies: PolicyReader
  readonly nowMs: number
  readonly ids: IdSource
  /** What beginning and cancelling a drain answers. */
  readonly drained: (id: ClusterId) => Drained
}

/** The real trials and plans, on a fleet without clusters and without a past. */
export function createMemoryTrials({ policies, nowMs, ids, drained }: MemoryTrialOptions): {
  readonly trials: PlacementTrials
  readonly moves: FleetMoves
} {
  const ports = {
    records: {
      readHistory: async () => null,
      readFleet: async () => ({ candidates: [], groups: new Map(), nowMs }),
      readHeld: async () => [],
      readHeldVolumes: async () => [],
    },
    policies,
    oneAtATime: createOneAtATime(),
    inSlices,
  }
  const drains = {
    find: async () => null,
    start: async (id: ClusterId) => drained(id),
    cancel: async (id: ClusterId) => drained(id),
  }
  return {
    trials: createPlacementTrials(ports),
    moves: createFleetMoves({ ...ports, drains, ids, digest: (text) => text }),
  }
}
