import type { PlacementDecision } from '@flotilla/core/placement/placement-decision'
import type { CandidateVerdict } from '@flotilla/core/placement/verdict'
import { DEFAULT_POLICY } from '@flotilla/core/policies/default-policy'
import type { Database } from '@flotilla/prisma/database/connect'
import { createPlacementRecords } from '@flotilla/prisma/placement/placement-records'

/** The yardsticks: what placement saw, whole for each batch, and what it answered, whole for each decision; both as JSON that PostgreSQL may compress. */
export async function createPlainRecords({ pool }: Database): Promise<void> {
  await pool.query('DROP TABLE IF EXISTS plain_fleet, plain_verdicts')
  await pool.query('CREATE TABLE plain_fleet (id text PRIMARY KEY, candidates jsonb, policy jsonb)')
  await pool.query('CREATE TABLE plain_verdicts (id text PRIMARY KEY, verdicts jsonb)')
}

/** One batch, and of its decisions this one: all of them have verdicts of one weight. */
export async function writePlainRecords(
  database: Database,
  { id, verdicts }: PlacementDecision,
): Promise<void> {
  const { candidates } = await createPlacementRecords(database).readFleet(DEFAULT_POLICY, [])
  await database.pool.query('INSERT INTO plain_fleet VALUES ($1, $2, $3)', [
    id,
    plain(candidates),
    plain(DEFAULT_POLICY),
  ])
  await database.pool.query('INSERT INTO plain_verdicts VALUES ($1, $2)', [
    id,
    plain(verdicts.map(numbersOf)),
  ])
}

/** Without the words, and without each filter's answer. */
function numbersOf({ filters: _, terms: __, clusterName: ___, rejection, ...numbers }: CandidateVerdict) {
  return { ...numbers, reason: rejection?.reason ?? null }
}

function plain(value: unknown): string {
  return JSON.stringify(value, (_key, each: unknown) => (typeof each === 'bigint' ? each.toString() : each))
}
