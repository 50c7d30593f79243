import type { RecordedBatch } from '../races/records.ts'
import { checkConvergence } from './check-convergence.ts'
import { checkDeletions } from './check-deletions.ts'
import { checkEvents } from './check-events.ts'
import { checkFigures } from './check-figures.ts'
import { checkForeign } from './check-foreign.ts'
import { checkIsolation } from './check-isolation.ts'
import { checkLeases } from './check-leases.ts'
import { checkLedger } from './check-ledger.ts'
import { checkNeverOver } from './check-never-over.ts'
import { checkNeverTwo } from './check-never-two.ts'
import { checkNothingLost } from './check-nothing-lost.ts'
import { checkOperations } from './check-operations.ts'
import { checkPlacements } from './check-placements.ts'
import { checkSecrets } from './check-secrets.ts'
import { checkTenants } from './check-tenants.ts'
import { checkTransitions } from './check-transitions.ts'
import type { Checked, Facts } from './facts.ts'

/** What came of a rule, under its number in design.md section 3, or `always`. */
export interface RuleReport extends Checked {
  readonly rule: string
  readonly title: string
}

/** Holds records, clusters and clients' histories against each other, rule by rule. Of a fleet at rest. */
export async function verify(
  facts: Facts,
  batches: AsyncIterable<RecordedBatch> | Iterable<RecordedBatch>,
): Promise<readonly RuleReport[]> {
  const { limits, replays, largestLimit } = await checkPlacements(batches)
  const over = largestLimit ? checkNeverOver(facts, largestLimit) : { count: 0, faults: [] }
  return [
    { rule: '1', title: 'nothing lost', ...checkNothingLost(facts) },
    { rule: '2', title: 'never two', ...checkNeverTwo(facts) },
    { rule: '3', title: 'never over', ...both(limits, over) },
    { rule: '4', title: 'the ledger adds up', ...checkLedger(facts) },
    { rule: '5', title: 'decisions replay', ...replays },
    { rule: '6', title: 'figures', ...checkFigures(facts) },
    { rule: '8', title: 'events', ...checkEvents(facts) },
    { rule: '9', title: 'converged', ...checkConvergence(facts) },
    { rule: '10', title: 'one sick, others well', ...checkIsolation(facts) },
    { rule: '11', title: 'tenants apart, by the records', ...checkTenants(facts) },
    { rule: '12', title: 'secrets', ...checkSecrets(facts) },
    { rule: '13', title: 'nothing foreign touched', ...checkForeign(facts) },
    { rule: '13', title: 'nothing deleted unasked', ...checkDeletions(facts) },
    { rule: 'always', title: 'transitions', ...checkTransitions(facts) },
    { rule: 'always', title: 'leases', ...checkLeases(facts) },
    { rule: 'always', title: 'operations', ...checkOperations(facts) },
  ]
}

/** One line for each contradiction: `rule 2: ...`. */
export function faultLines(reports: readonly RuleReport[]): string[] {
  return reports.flatMap(({ rule, faults }) =>
    faults.map((fault) => (rule === 'always' ? `always: ${fault}` : `rule ${rule}: ${fault}`)),
  )
}

function both(a: Checked, b: Checked): Checked {
  return { count: a.count + b.count, faults: [...a.faults, ...b.faults] }
}
