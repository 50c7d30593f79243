import { ALLOWED_TRANSITIONS } from './allowed-transitions.ts'
import type { Checked, Facts } from './facts.ts'
import type { SeenObjects } from './history.ts'
import type { WatchedChange } from './records.ts'

/**
 * Always: only allowed changes of state; revisions rise and fencing numbers never fall, as the watch kept them and as
 * clients were shown them.
 */
export function checkTransitions({ records, history }: Facts): Checked {
  const changes = records.changes ?? []
  const seen = history.filter((line) => line.type === 'seen')
  const shown = seen.reduce((sum, { volumes }) => sum + volumes.length, 0)
  return { count: changes.length + shown, faults: [...changes.flatMap(checkChange), ...checkShown(seen)] }
}

function checkChange(change: WatchedChange): string[] {
  const { subjectId, subjectTable, stateBefore, stateAfter } = change
  const allowed = ALLOWED_TRANSITIONS[subjectTable][stateBefore ?? 'NEW'] ?? []
  return [
    ...(stateBefore === stateAfter || allowed.includes(stateAfter)
      ? []
      : [`${subjectId} went from ${stateBefore ?? 'nothing'} to ${stateAfter}`]),
    ...(isLess(change.revisionAfter, change.revisionBefore)
      ? [`${subjectId} went from revision ${change.revisionBefore} to ${change.revisionAfter}`]
      : []),
    ...(isLess(change.leaseAfter, change.leaseBefore)
      ? [`${subjectId} went from fencing number ${change.leaseBefore} to ${change.leaseAfter}`]
      : []),
  ]
}

/** Between two looks of a client there may be several changes. */
function checkShown(seen: readonly SeenObjects[]): string[] {
  const last = new Map<string, { readonly revision: number; readonly state: string }>()
  return seen.flatMap(({ client, volumes }) =>
    volumes.flatMap((volume) => {
      const key = `${client} ${volume.id}`
      const before = last.get(key)
      last.set(key, volume)
      if (!before) return []
      if (volume.revision < before.revision) {
        return [`${client} was shown ${volume.id} at revision ${before.revision}, then at ${volume.revision}`]
      }
      return before.state === volume.state || reachable(before.state).has(volume.state)
        ? []
        : [`${client} was shown ${volume.id} as ${before.state}, then as ${volume.state}`]
    }),
  )
}

function reachable(state: string): ReadonlySet<string> {
  const found = new Set<string>()
  const visit = (from: string): void => {
    for (const next of ALLOWED_TRANSITIONS.volume[from] ?? []) {
      if (found.has(next)) continue
      found.add(next)
      visit(next)
    }
  }
  visit(state)
  return found
}

function isLess<T extends number | bigint>(after: T | null, before: T | null): boolean {
  return after !== null && before !== null && after < before
}
