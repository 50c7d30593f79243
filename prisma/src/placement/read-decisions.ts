import { RecordFaultError } from '@flotilla/core/errors'
import type { DecisionId } from '@flotilla/core/identity/ids'
import type { Candidate } from '@flotilla/core/placement/candidate'
import { chargeCandidates, chargeGroups } from '@flotilla/core/placement/charge'
import { membersOf } from '@flotilla/core/placement/group-counts'
import { placeVolume } from '@flotilla/core/placement/place-volume'
import type { PlacementDecision } from '@flotilla/core/placement/placement-decision'
import type { RecordedHop } from '@flotilla/core/placement/recorded-hop'
import type { CandidateVerdict } from '@flotilla/core/placement/verdict'
import type pg from 'pg'
import { type BatchHistory, type DecisionRow, readBatches, toRequest } from './read-batches.ts'

/**
 * The latest hop of each decision, with every candidate's verdict. Verdicts are not stored: they follow from what the
 * batch saw and the decisions before, and working them out again is the proof that the record replays (design.md 3, rule 5).
 * After the time for which details are kept, the choice alone is left.
 *
 * @throws RecordFaultError when a record replays to another cluster than it names
 */
export async function readDecisions(
  pool: pg.Pool,
  ids: readonly DecisionId[],
): Promise<readonly PlacementDecision[]> {
  const { rows } = await pool.query<DecisionRow>(
    'SELECT DISTINCT ON (id) * FROM placement_decision WHERE id = ANY ($1) ORDER BY id, hop DESC',
    [ids],
  )
  return (await replayRows(pool, rows)).map(({ decision }) => decision)
}

/** Each of the rows with what its batch saw, in the same order, without those that went meanwhile. @throws as `readDecisions` */
export async function replayRows(
  pool: pg.Pool,
  wanted: readonly DecisionRow[],
): Promise<readonly RecordedHop[]> {
  const batches = await readBatches(pool, [...new Set(wanted.map((row) => row.batch_id))])
  const isMissing = (row: DecisionRow) => !row.details_removed_at && !batches.has(row.batch_id)
  const rows = wanted.some(isMissing) ? await readAgain(pool, wanted) : wanted
  return rows.map((row) => {
    const batch = batches.get(row.batch_id)
    if (batch) return toHop(row, batch.candidates, replay(row, batch))
    if (row.details_removed_at) return toHop(row, [], [])
    throw new RecordFaultError(`the batch of decision ${row.id} is gone`)
  })
}

/** The sweep may have come since the rows were read; then they say so by now, or are gone. */
async function readAgain(pool: pg.Pool, wanted: readonly DecisionRow[]): Promise<readonly DecisionRow[]> {
  const { rows } = await pool.query<DecisionRow>(
    `SELECT decision.* FROM unnest($1::text[], $2::int[]) WITH ORDINALITY AS wanted(id, hop, position)
     JOIN placement_decision AS decision USING (id, hop) ORDER BY wanted.position`,
    [wanted.map(({ id }) => id), wanted.map(({ hop }) => hop)],
  )
  return rows
}

function replay(row: DecisionRow, batch: BatchHistory): readonly CandidateVerdict[] {
  const charges = batch.rows
    .filter(({ position }) => position < row.position)
    .flatMap((each) => (each.cluster_id ? [{ request: toRequest(each), clusterId: each.cluster_id }] : []))
  const candidates = chargeCandidates(batch.candidates, charges)
  const request = toRequest(row)
  const members = membersOf(chargeGroups(batch.groups, charges), request)
  const { clusterId, verdicts } = placeVolume(request, candidates, batch.policy, batch.nowMs, members)
  if (clusterId !== row.cluster_id) {
    throw new RecordFaultError(`decision ${row.id} says ${row.cluster_id} but replays to ${clusterId}`)
  }
  return verdicts
}

function toHop(
  row: DecisionRow,
  seen: readonly Candidate[],
  verdicts: readonly CandidateVerdict[],
): RecordedHop {
  return {
    request: toRequest(row),
    seen,
    position: row.position,
    decision: {
      id: row.id,
      volumeId: row.volume_id,
      sizeBytes: row.size_bytes,
      replicas: row.replicas,
      policyName: row.policy_name,
      policyRevision: row.policy_revision,
      clusterId: row.cluster_id,
      verdicts,
      detailsRemovedAt: row.details_removed_at,
      hop: row.hop,
      decidedAt: row.decided_at,
    },
  }
}
