import { setTimeout as sleep } from 'node:timers/promises'
import { KnownObjects } from './known-objects.ts'
import { type ClientSettings, LoadClient } from './load-client.ts'
import type { LoadKind } from './load-kind.ts'
import { LOAD_KINDS } from './load-kinds.ts'
import { seededRandom } from './random.ts'

export interface LoadSettings extends ClientSettings {
  readonly count: number
  /** Per second; 0 means without a pause. */
  readonly rate: number
  readonly concurrency: number
  readonly medianGib: number
  readonly sigma: number
  readonly seed: number
  /** Shares of kinds by name; those that are absent are not asked for. */
  readonly mix: ReadonlyMap<string, number>
  readonly qosPolicies: readonly string[]
  /** Of the simulator; without it nothing is changed behind Flotilla's back. */
  readonly controlUrl?: string | undefined
  /** Keys and names of the run begin with it. */
  readonly runName: string
  /** What there is to ask of already, and what the run makes; nothing unless given. */
  readonly known?: KnownObjects
  /** Nothing is begun any more when it is aborted; what is under way is still answered. */
  readonly signal?: AbortSignal
}

export interface LoadCounts {
  /** By kind, then by the name of the answer's type: `create CreateVolumePayload`, ... */
  readonly outcomes: Record<string, number>
  readonly latenciesMs: number[]
  /** Requests without an answer. */
  failed: number
  done: number
}

/**
 * Sends the requests, at the rate asked for whatever the answers take, and never more than allowed at once; each of the
 * callers has one under way at most.
 *
 * @param onProgress called after each answer
 */
export async function runLoad(
  settings: LoadSettings,
  onProgress: (counts: LoadCounts) => void = () => {},
): Promise<LoadCounts> {
  const { count, rate, concurrency, seed, mix, runName, known = new KnownObjects(), signal } = settings
  const counts: LoadCounts = { outcomes: {}, latenciesMs: [], failed: 0, done: 0 }
  const idle = Array.from({ length: concurrency }, (_, number) => new LoadClient(number, settings))
  const underWay = new Set<Promise<void>>()
  const startedAt = performance.now()

  const send = async (client: LoadClient, index: number): Promise<void> => {
    const random = seededRandom(seed * 1_000_003 + index)
    const kind = drawKind(random(), mix)
    const begunAt = performance.now()
    const context = { ...settings, client, known, random, key: `${runName}-${index}` }
    let outcome: string
    try {
      const answered = await kind.ask(context)
      outcome = answered ? `${kind.name} ${answered}` : `create ${await LOAD_KINDS[0].ask(context)}`
    } catch (error) {
      counts.failed++
      outcome = `${kind.name} failed: ${(error as Error).message.slice(0, 80)}`
    }
    counts.latenciesMs.push(performance.now() - begunAt)
    counts.outcomes[outcome] = (counts.outcomes[outcome] ?? 0) + 1
    counts.done++
    onProgress(counts)
  }

  for (let index = 0; index < count; index++) {
    if (rate > 0) await sleep(Math.max(0, startedAt + (index * 1000) / rate - performance.now()))
    while (idle.length === 0 && !signal?.aborted) await Promise.race(underWay)
    if (signal?.aborted) break
    const client = idle.pop() as LoadClient
    const request: Promise<void> = send(client, index).finally(() => {
      idle.push(client)
      underWay.delete(request)
    })
    underWay.add(request)
  }
  await Promise.all(underWay)
  return counts
}

function drawKind(dice: number, mix: ReadonlyMap<string, number>): LoadKind {
  const kinds = LOAD_KINDS.map((kind) => ({ kind, share: mix.get(kind.name) ?? 0 }))
  let left = dice * kinds.reduce((sum, { share }) => sum + share, 0)
  for (const { kind, share } of kinds) {
    left -= share
    if (left < 0) return kind
  }
  return LOAD_KINDS[0]
}
