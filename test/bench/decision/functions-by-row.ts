import type { PackageTime } from '../profile/summarise-profile.ts'
import type { Table } from '../table.ts'

const FUNCTIONS_SHOWN = 15

export interface ProfiledRow {
  readonly name: string
  /** Microseconds of one decision, measured without a profiler; a profile tells how they are shared out. */
  readonly us: number
  readonly packages: readonly PackageTime[]
}

/** What functions one decision goes to, themselves and not what they call, one column for each row; the dearest of all columns first. */
export function functionsByRow(title: string, rows: readonly ProfiledRow[]): Table {
  const columns = rows.map(costs)
  const total = (name: string) => columns.reduce((sum, costOf) => sum + (costOf.get(name) ?? 0), 0)
  const names = [...new Set(columns.flatMap((costOf) => [...costOf.keys()]))].sort(
    (a, b) => total(b) - total(a),
  )
  const shown = names.slice(0, FUNCTIONS_SHOWN)
  const line = (title: string, usOf: (column: number) => number) => [
    title,
    ...rows.map(({ us }, column) => cell(usOf(column), us)),
  ]
  return [
    [title, ...rows.map(({ name }) => name)],
    ...shown.map((name) => line(name, (column) => columns[column]?.get(name) ?? 0)),
    line(`${names.length - shown.length} others`, (column) =>
      names.slice(FUNCTIONS_SHOWN).reduce((sum, name) => sum + (columns[column]?.get(name) ?? 0), 0),
    ),
  ]
}

/** Microseconds of one decision by function. */
function costs({ us, packages }: ProfiledRow): ReadonlyMap<string, number> {
  const all = packages.reduce((sum, each) => sum + each.us, 0)
  return new Map(
    packages.flatMap(({ name, functions }) =>
      functions.map((own): [string, number] => [`${name}: ${own.name}`, (us * own.us) / all]),
    ),
  )
}

function cell(us: number, all: number): string {
  return `${us.toPrecision(3)} (${((100 * us) / all).toFixed(0)} %)`
}
