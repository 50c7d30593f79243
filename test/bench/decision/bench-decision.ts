import { profileHere } from '../profile/profile-here.ts'
import { median } from '../statistics.ts'
import type { Table } from '../table.ts'
import { type DecidedFleet, decidedFleet } from './decided-fleet.ts'
import { DECIDERS, type Decider, YARDSTICK } from './deciders.ts'
import { functionsByRow, type ProfiledRow } from './functions-by-row.ts'

const CLUSTER_COUNTS = [10, 100, 1_000, 10_000]
/** What the target is about. */
const PROFILED_CLUSTERS = 1_000
const PROFILED_MS = 2_000
const ROUND_MS = 300
/** Looking at the clock costs as much as a small decision; of large ones, ten would take longer than a round. */
const TURNS_PER_LOOK = 10
const LARGE_US = 1_000

/**
 * CPU time of one decision, in microseconds; all deciders take turns, so that noise falls on all alike.
 *
 * @param show told which functions the decisions of the placer go to, when all has been measured
 */
export async function benchDecision(rounds: number, show?: (table: Table) => void): Promise<Table> {
  const columns = CLUSTER_COUNTS.map((clusters) => {
    const fleet = decidedFleet(clusters)
    const warm = DECIDERS.map((each) => ({ each, turns: turnsPerLook(each, measureUs(each, fleet, 1)) }))
    const samples = Array.from({ length: rounds }, () =>
      warm.map(({ each, turns }) => measureUs(each, fleet, turns)),
    )
    return DECIDERS.map((_, index) => median(samples.map((round) => round[index] ?? 0)))
  })
  if (show) show(await profiled(columns[CLUSTER_COUNTS.indexOf(PROFILED_CLUSTERS)] ?? []))
  const rows = DECIDERS.map(({ name }, row) => [
    name,
    ...columns.map((column) => {
      const us = column[row] ?? 0
      const factor = us / (column[0] ?? 1)
      return name === YARDSTICK ? us.toPrecision(2) : `${us.toPrecision(3)} (${factor.toPrecision(2)} x)`
    }),
  ])
  return [['CPU us per decision', ...CLUSTER_COUNTS.map((count) => `${count} clusters`)], ...rows]
}

/** @param measured microseconds of each decider */
async function profiled(measured: readonly number[]): Promise<Table> {
  const fleet = decidedFleet(PROFILED_CLUSTERS)
  const rows: ProfiledRow[] = []
  for (const [index, each] of DECIDERS.entries()) {
    if (!each.isProfiled) continue
    const us = measured[index] ?? 0
    const packages = await profileHere(() => {
      measureUs(each, fleet, turnsPerLook(each, us), PROFILED_MS)
    })
    rows.push({ name: each.decisions === 1 ? 'alone' : `of ${each.decisions}`, us, packages })
  }
  return functionsByRow(`us of a decision in a batch, ${PROFILED_CLUSTERS} clusters`, rows)
}

function turnsPerLook({ decisions }: Decider, us: number): number {
  return us * decisions < LARGE_US ? TURNS_PER_LOOK : 1
}

function measureUs(
  { decide, decisions }: Decider,
  fleet: DecidedFleet,
  turnsPerLook: number,
  forMs = ROUND_MS,
): number {
  const endsAt = performance.now() + forMs
  const before = process.cpuUsage()
  let count = 0
  while (performance.now() < endsAt) {
    for (let turn = 0; turn < turnsPerLook; turn++) {
      if (decide(fleet, count) === null) throw new Error('no cluster was found')
      count += decisions
    }
  }
  const { user, system } = process.cpuUsage(before)
  return (user + system) / count
}
