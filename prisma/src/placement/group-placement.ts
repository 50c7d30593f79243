import { setImmediate as nextTurn } from 'node:timers/promises'
import { OverloadedError } from '@flotilla/core/errors'
import type { PlacementDecision } from '@flotilla/core/placement/placement-decision'
import type { WantedPlacement } from '@flotilla/core/placement/placement-intent'
import type { FleetReader } from '@flotilla/core/ports/fleet-reader'
import type { Placed, PlacementLedger, Updated } from '@flotilla/core/ports/placement-ledger'
import type { Volume } from '@flotilla/core/volumes/volume'
import type { Database } from '../database/connect.ts'
import { isDatabaseAway } from '../database/is-database-away.ts'
import { isPassing } from '../database/transaction.ts'
import type { EventBus } from '../events/event-bus.ts'
import type { PolicyCache } from '../policies/policy-cache.ts'
import { groupByPolicy } from './group-by-policy.ts'
import { type BatchAnswer, placeBatch } from './place-batch.ts'
import { previewPlacements } from './preview-placements.ts'
import { previewUpdates } from './preview-updates.ts'
import type { ShadowComparison } from './shadow-comparison.ts'

/** As many as one transaction may decide for: large enough that the commit is shared, small enough to be short. */
const MAX_BATCH = 256
/** More waiting than this would wait for seconds; better to say so at once. */
const MAX_WAITING = 10_000
/** Longer than any batch takes while the database is well: whoever sees none get on should hear that it is not. */
const MAX_WAIT_MS = 5_000
/** Behind batches that do get on it is worth waiting longer; but not until the caller gives up by itself. */
const WAITS_WHILE_MOVING = 6
/** A batch that lost a race is decided again; whoever hears nothing for longer than this should not have to wait for one more. */
const MAX_TAKEN_MS = 10_000
const RETRY_AFTER_MS = 1_000

/** With its decision where it has just been placed. */
type Answer = Updated & Partial<Pick<Placed, 'decision'>>

/** A request until a transaction takes it, or it is told that it was not taken; never both. */
interface Waiting {
  readonly wanted: WantedPlacement
  readonly resolve: (answer: Answer | Promise<Answer>) => void
  readonly reject: (error: unknown) => void
  /** By the process's monotonic clock, in ms. */
  readonly since: number
  timer?: NodeJS.Timeout
}

export interface GroupPlacementOptions {
  /** How long a request may wait for the placement lock while no batch gets on, and six times that in all. */
  readonly maxWaitMs?: number
  /** How long after a transaction has taken a request it may be begun again, having lost a race. */
  readonly maxTakenMs?: number
  /** How many requests may wait; one more is OVERLOADED. */
  readonly maxWaiting?: number
  /** Where shadow policies decide; without it they do not. */
  readonly shadows?: Pick<ShadowComparison, 'compare'>
}

/**
 * Group commit: while one transaction runs, requests gather; the next one takes all of them, or one for each policy
 * does. One placer for a server; any number of servers stay exact through the placement lock.
 *
 * Whoever is not taken within `maxWaitMs` (longer in a queue that moves) is told. Whoever is taken awaits the transaction: no try
 * of it goes on that has the lock later than `maxTakenMs` after the first, and each statement of the last one ends within the
 * 30 s that the database allows. When it fails for no reason that passes, each is placed by itself, so that only the culprit
 * hears of it.
 */
export function createGroupPlacement(
  database: Database,
  reader: FleetReader,
  policies: PolicyCache,
  bus: EventBus,
  {
    maxWaitMs = MAX_WAIT_MS,
    maxTakenMs = MAX_TAKEN_MS,
    maxWaiting = MAX_WAITING,
    shadows,
  }: GroupPlacementOptions = {},
): PlacementLedger {
  const waiting = new Set<Waiting>()
  let running = false
  /** When a batch last got the lock or was committed, by the process's monotonic clock in ms. */
  let movedAt = Number.NEGATIVE_INFINITY

  const drain = async (): Promise<void> => {
    running = true
    while (waiting.size > 0) {
      // Whoever was just answered may ask again at once; taking the few that came before would halve the batches.
      await nextTurn()
      const next = [...waiting].slice(0, MAX_BATCH)
      try {
        const parts = await groupByPolicy(database.pool, next)
        for (const [policyName, batch] of parts) await placeTogether(policyName, batch)
      } catch (error) {
        for (const each of next.filter(take)) each.reject(error)
      }
    }
    running = false
  }

  /** Only who takes a request may answer it. */
  const take = (each: Waiting): boolean => {
    clearTimeout(each.timer)
    return waiting.delete(each)
  }

  const watch = (each: Waiting, forMs: number): NodeJS.Timeout =>
    // After a turn that took long, what the database has answered meanwhile is to be heard first.
    setTimeout(() => setImmediate(tell, each), forMs)

  const tell = (each: Waiting): void => {
    const now = performance.now()
    const until = Math.min(movedAt + maxWaitMs, each.since + WAITS_WHILE_MOVING * maxWaitMs)
    if (until > now && waiting.has(each)) each.timer = watch(each, until - now)
    else if (take(each)) each.reject(tooLong(each))
  }

  const placeTogether = async (policyName: string, batch: readonly Waiting[]): Promise<void> => {
    let taken: readonly Waiting[] | undefined
    try {
      // Those that were told meanwhile that they have waited too long are no longer among them.
      await commit(policyName, () => (taken ??= batch.filter(take)))
    } catch (error) {
      await placeApart(policyName, taken ?? batch.filter(take), error)
    }
  }

  const placeApart = async (
    policyName: string,
    members: readonly Waiting[],
    error: unknown,
  ): Promise<void> => {
    let ofAll = members.length <= 1 || !mayBeOfOne(error) ? error : null
    for (const each of members) {
      if (ofAll) refuse(each, ofAll)
      else {
        await commit(policyName, () => [each]).catch((fault) => {
          refuse(each, fault)
          // The others would wait for the same, one after the other.
          if (!mayBeOfOne(fault)) ofAll = fault
        })
      }
    }
  }

  /** @param takeAll asked once the lock is had, at each try; always the same requests */
  const commit = async (policyName: string, takeAll: () => readonly Waiting[]): Promise<void> => {
    let takenAt: number | undefined
    const wanted = () => {
      movedAt = performance.now()
      takenAt ??= movedAt
      if (movedAt - takenAt > maxTakenMs) throw new OverloadedError(RETRY_AFTER_MS)
      return takeAll().map((each) => each.wanted)
    }
    const answers = await placeBatch(database, policies, policyName, wanted, shadows)
    movedAt = performance.now()
    for (const [index, answer] of answers.entries()) settle(takeAll()[index], answer)
    bus.publish()
  }

  /** What lost its races, or was not begun again, has been rolled back. */
  const refuse = (each: Waiting, error: unknown): void => {
    const isNotStored = isPassing(error) || error instanceof OverloadedError
    each.reject(isNotStored ? tooLong(each) : error)
  }

  const settle = (each: Waiting | undefined, answer: BatchAnswer): void => {
    if (answer.kind === 'PLACED') each?.resolve(answer.placed)
    else if (answer.kind === 'UPDATED') each?.resolve(answer.updated)
    else if (answer.kind === 'REFUSED') each?.reject(answer.error)
    else each?.resolve(readAnswered(reader, answer.operationId))
  }

  const enqueue = (wanted: WantedPlacement): Promise<Answer> => {
    if (waiting.size >= maxWaiting) return Promise.reject(new OverloadedError(RETRY_AFTER_MS))
    return new Promise((resolve, reject) => {
      const each: Waiting = { wanted, resolve, reject, since: performance.now() }
      each.timer = watch(each, maxWaitMs)
      waiting.add(each)
      if (!running) void drain()
    })
  }

  return {
    async place(wanted) {
      const { volume, operation, decision } = await enqueue(wanted)
      return { volume, operation, decision: decision ?? (await readDecision(reader, volume)) }
    },
    update: enqueue,
    previewUpdates: (intents) => previewUpdates(database, policies, intents),
    preview: (policyName, requests) => previewPlacements(database, policies, policyName, requests),
  }
}

/**
 * Whether it could be the fault of a single request that a batch has failed, and the others would pass without it. Whoever had been
 * committed nevertheless is answered by its key.
 */
function mayBeOfOne(error: unknown): boolean {
  return !isPassing(error) && !isDatabaseAway(error) && !(error instanceof OverloadedError)
}

/** Nothing of it is stored. */
function tooLong({ since }: Waiting): OverloadedError {
  return new OverloadedError(RETRY_AFTER_MS, Math.round(performance.now() - since))
}

/** What an earlier request under the same key was answered with, as it stands now. */
async function readAnswered(reader: FleetReader, operationId: `op_${string}`): Promise<Updated> {
  const [operation] = await reader.operationsByIds([operationId])
  const [volume] = operation?.volumeId ? await reader.volumesByIds([operation.volumeId]) : []
  if (!operation || !volume) throw new Error(`the records of ${operationId} are incomplete`)
  return { operation, volume }
}

async function readDecision(reader: FleetReader, { decisionId }: Volume): Promise<PlacementDecision> {
  const [decision] = decisionId === null ? [] : await reader.decisionsByIds([decisionId])
  if (!decision) throw new Error(`the record of ${decisionId} is gone`)
  return decision
}
