const MAX_LABELS = 16
const MAX_LENGTH = 253

interface WireLabel {
  readonly key: string
  readonly value: string
}

/**
 * Our labels as the cluster can take them; they are there for people who look at the cluster itself, and we
 * never read them back. It keeps only what follows the last `-` or `.` of a key, so `cost-center` becomes
 * `costCenter`. Labels that are empty, collide, or go beyond sixteen after that are left out.
 */
export function wireLabels(labels: Readonly<Record<string, string>>): WireLabel[] {
  const byKey = new Map<string, string>()
  for (const [key, value] of Object.entries(labels).sort(byFirst)) {
    const wireKey = withoutSeparators(key).slice(0, MAX_LENGTH)
    const wireValue = value.replace(/[^A-Za-z0-9._-]/g, '_').slice(0, MAX_LENGTH)
    if (wireKey && wireValue && !byKey.has(wireKey)) byKey.set(wireKey, wireValue)
  }
  return [...byKey].slice(0, MAX_LABELS).map(([key, value]) => ({ key, value }))
}

function withoutSeparators(key: string): string {
  return key.replace(/[^A-Za-z0-9]+(.?)/g, (_match, next: string, offset: number) =>
    offset === 0 ? next : next.toUpperCase(),
  )
}

function byFirst([a]: [string, string], [b]: [string, string]): number {
  return a < b ? -1 : a > b ? 1 : 0
}
