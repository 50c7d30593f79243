import { setImmediate as nextTurn } from 'node:timers/promises'
import { OverloadedError } from '@flotilla/core/errors'
import type { PlacementPolicy } from '@flotilla/core/policies/policy'
import type { FleetReader } from '@flotilla/core/ports/fleet-reader'
import type { Placed, PlacementIntent, PlacementLedger } from '@flotilla/core/ports/placement-ledger'
import type { Database } from '../database/connect.ts'
import type { EventBus } from '../events/event-bus.ts'
import { type BatchAnswer, placeBatch } from './place-batch.ts'
import { previewPlacements } from './preview-placements.ts'

/** As many as one transaction may decide for: large enough that the commit is shared, small enough to be short. */
const MAX_BATCH = 256
/** More waiting than this would wait for seconds; better to say so at once. */
const MAX_WAITING = 10_000
const RETRY_AFTER_MS = 1_000

interface Waiting {
  readonly intent: PlacementIntent
  readonly resolve: (placed: Placed | Promise<Placed>) => void
  readonly reject: (error: unknown) => void
}

/**
 * Group commit: while one transaction runs, requests gather; the next one takes all of them. One placer for a server;
 * any number of servers stay exact through the placement lock.
 */
export function createGroupPlacement(
  database: Database,
  reader: FleetReader,
  policy: PlacementPolicy,
  bus: EventBus,
): PlacementLedger {
  const waiting: Waiting[] = []
  let running = false

  const drain = async (): Promise<void> => {
    running = true
    while (waiting.length > 0) {
      // Whoever was just answered may ask again at once; taking the few that came before would halve the batches.
      await nextTurn()
      const batch = waiting.splice(0, MAX_BATCH)
      try {
        const answers = await placeBatch(
          database,
          policy,
          batch.map((each) => each.intent),
        )
        for (const [index, answer] of answers.entries()) settle(batch[index], answer)
        bus.publish()
      } catch (error) {
        for (const each of batch) each.reject(error)
      }
    }
    running = false
  }

  const settle = (each: Waiting | undefined, answer: BatchAnswer): void => {
    if (answer.kind === 'PLACED') each?.resolve(answer.placed)
    else if (answer.kind === 'REFUSED') each?.reject(answer.error)
    else each?.resolve(readPlaced(reader, answer.operationId))
  }

  return {
    place(intent) {
      if (waiting.length >= MAX_WAITING) return Promise.reject(new OverloadedError(RETRY_AFTER_MS))
      return new Promise<Placed>((resolve, reject) => {
        waiting.push({ intent, resolve, reject })
        if (!running) void drain()
      })
    },
    preview: (requests) => previewPlacements(database, policy, requests),
  }
}

/** What an earlier request under the same key was answered with, as it stands now. */
async function readPlaced(reader: FleetReader, operationId: `op_${string}`): Promise<Placed> {
  const [operation] = await reader.operationsByIds([operationId])
  const [volume] = operation?.volumeId ? await reader.volumesByIds([operation.volumeId]) : []
  const [decision] = volume ? await reader.decisionsByIds([volume.decisionId]) : []
  if (!operation || !volume || !decision) throw new Error(`the records of ${operationId} are incomplete`)
  return { operation, volume, decision }
}
