import { createPolicy } from '../testkit/policies.ts'
import type { Stack } from '../testkit/stack.ts'
import { waitForRest } from '../testkit/volumes.ts'
import { waitUntil } from '../testkit/wait-until.ts'
import { checkFleet } from '../verify/check-fleet.ts'
import { type Audit, auditRecords } from './audit.ts'
import { checkAnswers } from './check-answers.ts'
import { checkLimits } from './check-limits.ts'
import type { RaceOptions } from './options.ts'
import { type ClientsResult, MEAN_VOLUME_GIB, runClients } from './race-clients.ts'
import { readBatches, readDecisionsByBatch, readVolumes } from './read-records.ts'

const GIB = 1n << 30n
const POLICY = 'races'
const LIMIT = { numerator: 5n, denominator: 4n }
/** Sizes of clusters, as parts; dealt out in turn. */
const PARTS = [1, 2, 3, 4]
/** Longer than a race: it is about bytes, and polls that a busy machine delays must not refuse anybody. */
const TRUSTED_FOR_MS = 14_400_000
const REST_WITHIN_MS = 1_200_000

export interface RaceResult extends Audit {
  readonly created: number
  readonly deleted: number
  /** How long creating and deleting took, by all clients. */
  readonly seconds: number
  /** What contradicts, one line each; none when all is well. */
  readonly faults: readonly string[]
}

/**
 * One race on a stack without volumes, whose clusters it makes as large as it takes for the fleet to be full when half of
 * the creates have been sent.
 */
export async function runRace(
  stack: Stack,
  options: RaceOptions,
  onProgress: (result: ClientsResult) => void = () => {},
): Promise<RaceResult> {
  await setCapacities(stack, options)
  await createRacePolicy(stack)
  const clients: ClientsResult = { answers: [], deleted: 0, failures: [] }
  const startedAt = performance.now()
  const progress = setInterval(() => onProgress(clients), 5_000)
  try {
    await runClients(stack.apis, POLICY, options, clients)
  } finally {
    clearInterval(progress)
  }
  const seconds = (performance.now() - startedAt) / 1_000
  await waitForRest(stack, REST_WITHIN_MS)

  const byBatch = await readDecisionsByBatch(stack.sql, POLICY)
  const decisions = [...byBatch.values()].flat()
  const volumes = await readVolumes(stack.sql, POLICY)
  const audit = await auditRecords(readBatches(stack.sql, byBatch), decisions, volumes)
  const faults = [
    ...clients.failures,
    ...audit.faults,
    ...(audit.refusedForOtherReasons > 0
      ? [`${audit.refusedForOtherReasons} requests were refused while a cluster had the bytes`]
      : []),
    ...checkAnswers(clients.answers, volumes, decisions),
    ...(await checkLimits(stack, volumes, LIMIT)),
    ...(await checkFleet(stack)),
  ]
  return { ...audit, faults, created: clients.answers.length, deleted: clients.deleted, seconds }
}

/** Multiples of 4 GiB, so that the limit of 1.25 is one of GiB and a cluster can be full to the byte. */
async function setCapacities({ fleet, sql }: Stack, { creates, deletes }: RaceOptions): Promise<void> {
  const fillGib = (creates / 2) * (1 - deletes) * MEAN_VOLUME_GIB
  const parts = fleet.clusters.map((_cluster, index) => PARTS[index % PARTS.length] ?? 1)
  const partGib = fillGib / parts.reduce((sum, part) => sum + part, 0)
  const effective = new Map(
    fleet.clusters.map((cluster, index) => {
      const gib = (partGib * (parts[index] ?? 1) * Number(LIMIT.denominator)) / Number(LIMIT.numerator)
      return [cluster.name, BigInt(Math.max(1, Math.round(gib / 4))) * 4n * GIB]
    }),
  )
  for (const cluster of fleet.clusters) cluster.setCapacity(effective.get(cluster.name) ?? GIB)
  await waitUntil('the capacities to be observed', async () => {
    const { rows } = await sql.query<{ name: string; effective: bigint }>(
      'SELECT name, effective_bytes AS effective FROM cluster_capacity JOIN cluster ON cluster.id = cluster_id',
    )
    return rows.every((row) => row.effective === effective.get(row.name))
  })
}

async function createRacePolicy({ api }: Stack): Promise<void> {
  const { policy, message } = await createPolicy(api, {
    name: POLICY,
    limits: {
      maxProvisionedRatio: { create: '1.25', resize: '1.25' },
      maxObservationAgeMs: TRUSTED_FOR_MS,
    },
  })
  if (!policy) throw new Error(`the policy of the race was refused: ${message}`)
}
