import { formatTable } from '../bench/table.ts'
import type { RuleReport } from './verify.ts'

/** A table with a line for each rule. */
export function formatReports(reports: readonly RuleReport[]): string {
  const rows = reports.map(({ rule, title, count, faults }) => [
    `${rule}: ${title}`,
    String(count),
    String(faults.length),
  ])
  return formatTable([['rule', 'checked', 'contradictions'], ...rows])
}
