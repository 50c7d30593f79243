import type { Table } from '../bench/table.ts'
import type { RaceOptions } from './options.ts'
import type { RaceResult } from './run-race.ts'

/** The closing table. */
export function report(options: RaceOptions, result: RaceResult): Table {
  const percent = (share: number) => `${(share * 100).toFixed(2)} %`
  const requests = result.created + result.deleted
  return [
    ['race', ''],
    ['servers, clients, clusters', `${options.servers}, ${options.clients}, ${options.clusters}`],
    ['creates answered', String(result.created)],
    ['placed', String(result.placed)],
    ['refused: no cluster had room', String(result.refused - result.refusedForOtherReasons)],
    ['refused: room only on clusters that were not well', String(result.refusedForOtherReasons)],
    ['placed a second time, after a cluster refused', String(result.hops)],
    ['refused by clusters until no other qualified', String(result.nowhere)],
    ['deletions', String(result.deleted)],
    ['placement transactions', String(result.batches)],
    ['fleet at its fullest, of the limit', percent(result.fullest)],
    ['decisions after it was first 99 % full', String(result.decisionsWhenFull)],
    ['decisions that left a cluster full to the byte', String(result.exactlyFull)],
    ['requests per second', (requests / result.seconds).toFixed(0)],
    ['contradictions', String(result.faults.length)],
  ]
}
