import type { Table } from '../bench/table.ts'
import type { ChaosOptions } from './options.ts'
import type { ChaosResult } from './run-chaos.ts'

/** The closing table. @param unanswered requests that were sent again, each time counted */
export function report(options: ChaosOptions, result: ChaosResult, unanswered: number): Table {
  const { load, kills, seconds, restSeconds, eventsFollowed } = result
  const slowest = Math.max(0, ...load.latenciesMs.map(Math.round))
  const starts = kills.startsMs.toSorted((a, b) => a - b)
  const median = Math.round(starts[Math.floor(starts.length / 2)] ?? 0)
  return [
    [`chaos, seed ${options.seed}`, ''],
    ['servers, workers, clusters', `${options.servers}, ${options.workers}, ${options.clusters}`],
    ['kills of servers, of workers', `${kills.servers}, ${kills.workers}`],
    ['seconds between kills', (seconds / Math.max(1, kills.servers + kills.workers)).toFixed(2)],
    ['restarts of the database', String(kills.databaseRestarts)],
    ['long outages of a cluster', String(kills.outages)],
    ['ms until a process was ready again, median', String(median)],
    ['operations', String(load.done)],
    ['operations per second', (load.done / seconds).toFixed(1)],
    ['sent again under the same key', String(unanswered)],
    ['never answered', String(load.failed)],
    ['longest wait for an answer, in ms', String(slowest)],
    ['seconds from healing until the records equal the clusters', restSeconds.toFixed(1)],
    ['events that the subscriber got', String(eventsFollowed)],
  ]
}
