import type { DecisionId } from '@flotilla/core/identity/ids'
import { replayUnder } from '@flotilla/core/placement/replay-under'
import type { CandidateVerdict } from '@flotilla/core/placement/verdict'
import { reduceRatio } from '@flotilla/core/units/ratio'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestDatabase, type TestDatabase } from '../testing/start-test-database.ts'
import kept from './kept-records.json' with { type: 'json' }
import { createPlacementRecords } from './placement-records.ts'
import { readHops } from './read-hops.ts'

/*
 * Rows as they were written once, and what was decided then, as plain data: nothing here makes them anew. Five
 * batches: ties, growth, a clone's source, exclusions and refusals; shares with a ramp, preferences and counts; a group that is spread; a
 * group that is kept apart; shares among few. A change that fails here changes what records of customers replay to: they would be faults
 * (`RecordFaultError`). So the new way has to get a version of its own in the record, and these go on replaying the old one.
 */

let db: TestDatabase

beforeAll(async () => {
  db = await startTestDatabase()
  const insert = (table: string, row: object) =>
    db.database.pool.query(`INSERT INTO ${table} SELECT * FROM json_populate_record(NULL::${table}, $1)`, [
      JSON.stringify(row),
    ])
  for (const { view, batch, decisions } of kept) {
    await insert('placement_view', view)
    await insert('placement_batch', batch)
    for (const { row } of decisions) await insert('placement_decision', row)
  }
}, 60_000)
afterAll(() => db?.close())

const CASES = kept.flatMap(({ view, decisions }) =>
  decisions.map(({ row, verdicts }) => [view.policy.name, row.position, row, verdicts] as const),
)

test.each(CASES)(
  'a kept decision replays to the same verdicts: %s %i',
  async (_policy, _position, row, verdicts) => {
    const [hops] = await readHops(db.database.pool, [row.id as DecisionId])
    const decision = hops?.at(-1)?.decision
    expect(decision?.clusterId).toBe(row.cluster_id)
    expect(decision?.verdicts.map(describe)).toEqual(verdicts)
  },
)

test.each(kept.map(({ view, decisions }) => [view.policy.name, decisions] as const))(
  'the placer of live requests decides them alike: %s',
  async (policyName, decisions) => {
    const range = { from: null, to: null, limit: 100, policyName }
    const history = await createPlacementRecords(db.database).readHistory(range)
    if (!history) throw new Error(`no decisions of ${policyName}`)
    expect(history.decisions.map(({ clusterId }) => clusterId)).toEqual(
      decisions.map(({ row }) => row.cluster_id),
    )
    const work = replayUnder(history, {})
    for (;;) {
      const next = work.next()
      if (!next.done) continue
      expect(next.value.drifted).toBe(0)
      return
    }
  },
)

/** Place and score as an exact fraction, or why not and by how many bytes. */
function describe({ clusterName, rank, score, yields, rejection }: CandidateVerdict): string {
  if (rejection) {
    const { reason, shortfallBytes, fittingSizeBytes } = rejection
    const bytes = shortfallBytes === null ? '' : ` short=${shortfallBytes} fits=${fittingSizeBytes}`
    return `${clusterName} ${reason}${bytes}`
  }
  const { numerator, denominator } = reduceRatio(score ?? { numerator: 0n, denominator: 1n })
  return `${clusterName} rank=${rank} score=${numerator}/${denominator}${yields ? ' yields' : ''}`
}
