import type { Table } from '../table.ts'
import type { PackageTime } from './summarise-profile.ts'

const PACKAGES_SHOWN = 8
const FUNCTIONS_SHOWN = 3

/**
 * What a process spent its time on by package, with the longest functions of each.
 *
 * @param volumes how many were made meanwhile
 */
export function functionTable(name: string, packages: readonly PackageTime[], volumes: number): Table {
  const all = packages.reduce((sum, { us }) => sum + us, 0)
  const share = (us: number) => `${((100 * us) / all).toFixed(0)} %`
  return [
    [`${name}: functions of`, 'us a volume', 'share', 'most of it'],
    ...packages.slice(0, PACKAGES_SHOWN).map((each) => [
      each.name,
      (each.us / volumes).toFixed(0),
      share(each.us),
      each.functions
        .slice(0, FUNCTIONS_SHOWN)
        .map((own) => `${own.name} ${share(own.us)}`)
        .join(', '),
    ]),
  ]
}
