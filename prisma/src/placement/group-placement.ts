import { setImmediate as nextTurn } from 'node:timers/promises'
import { OverloadedError } from '@flotilla/core/errors'
import type { PlacementDecision } from '@flotilla/core/placement/placement-decision'
import type { FleetReader } from '@flotilla/core/ports/fleet-reader'
import type { Placed, PlacementLedger, Updated, WantedPlacement } from '@flotilla/core/ports/placement-ledger'
import type { Volume } from '@flotilla/core/volumes/volume'
import type { Database } from '../database/connect.ts'
import type { EventBus } from '../events/event-bus.ts'
import type { PolicyCache } from '../policies/policy-cache.ts'
import { groupByPolicy } from './group-by-policy.ts'
import { type BatchAnswer, placeBatch } from './place-batch.ts'
import { previewPlacements } from './preview-placements.ts'

/** As many as one transaction may decide for: large enough that the commit is shared, small enough to be short. */
const MAX_BATCH = 256
/** More waiting than this would wait for seconds; better to say so at once. */
const MAX_WAITING = 10_000
const RETRY_AFTER_MS = 1_000

/** With its decision where it has just been placed. */
type Answer = Updated & Partial<Pick<Placed, 'decision'>>

interface Waiting {
  readonly wanted: WantedPlacement
  readonly resolve: (answer: Answer | Promise<Answer>) => void
  readonly reject: (error: unknown) => void
}

/**
 * Group commit: while one transaction runs, requests gather; the next one takes all of them, or one for each policy
 * does. One placer for a server; any number of servers stay exact through the placement lock.
 */
export function createGroupPlacement(
  database: Database,
  reader: FleetReader,
  policies: PolicyCache,
  bus: EventBus,
): PlacementLedger {
  const waiting: Waiting[] = []
  let running = false

  const drain = async (): Promise<void> => {
    running = true
    while (waiting.length > 0) {
      // Whoever was just answered may ask again at once; taking the few that came before would halve the batches.
      await nextTurn()
      const taken = waiting.splice(0, MAX_BATCH)
      try {
        const parts = await groupByPolicy(database.pool, taken)
        for (const [policyName, batch] of parts) await placeTogether(policyName, batch)
      } catch (error) {
        for (const each of taken) each.reject(error)
      }
    }
    running = false
  }

  const placeTogether = async (policyName: string, batch: readonly Waiting[]): Promise<void> => {
    try {
      const wanted = batch.map((each) => each.wanted)
      const answers = await placeBatch(database, policies, policyName, wanted)
      for (const [index, answer] of answers.entries()) settle(batch[index], answer)
      bus.publish()
    } catch (error) {
      for (const each of batch) each.reject(error)
    }
  }

  const settle = (each: Waiting | undefined, answer: BatchAnswer): void => {
    if (answer.kind === 'PLACED') each?.resolve(answer.placed)
    else if (answer.kind === 'UPDATED') each?.resolve(answer.updated)
    else if (answer.kind === 'REFUSED') each?.reject(answer.error)
    else each?.resolve(readAnswered(reader, answer.operationId))
  }

  const enqueue = (wanted: WantedPlacement): Promise<Answer> => {
    if (waiting.length >= MAX_WAITING) return Promise.reject(new OverloadedError(RETRY_AFTER_MS))
    return new Promise((resolve, reject) => {
      waiting.push({ wanted, resolve, reject })
      if (!running) void drain()
    })
  }

  return {
    async place(wanted) {
      const { volume, operation, decision } = await enqueue(wanted)
      return { volume, operation, decision: decision ?? (await readDecision(reader, volume)) }
    },
    update: enqueue,
    preview: (policyName, requests) => previewPlacements(database, policies, policyName, requests),
  }
}

/** What an earlier request under the same key was answered with, as it stands now. */
async function readAnswered(reader: FleetReader, operationId: `op_${string}`): Promise<Updated> {
  const [operation] = await reader.operationsByIds([operationId])
  const [volume] = operation?.volumeId ? await reader.volumesByIds([operation.volumeId]) : []
  if (!operation || !volume) throw new Error(`the records of ${operationId} are incomplete`)
  return { operation, volume }
}

async function readDecision(reader: FleetReader, { decisionId }: Volume): Promise<PlacementDecision> {
  const [decision] = await reader.decisionsByIds([decisionId])
  if (!decision) throw new Error(`the record of ${decisionId} is gone`)
  return decision
}
