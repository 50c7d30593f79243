import type { LabelRequirement } from './policy.ts'

export type Labels = Readonly<Record<string, string>>

/** A key that is absent has no value: `NotIn` and `DoesNotExist` hold for it, `In` and `Exists` do not. */
export function meetsRequirement(labels: Labels, { key, operator, values }: LabelRequirement): boolean {
  const value = labelOf(labels, key)
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value)
    case 'NotIn':
      return value === undefined || !values.includes(value)
    case 'Exists':
      return value !== undefined
    case 'DoesNotExist':
      return value === undefined
  }
}

/** The label's own value: a key like `constructor` is nothing special. */
export function labelOf(labels: Labels, key: string): string | undefined {
  return Object.hasOwn(labels, key) ? labels[key] : undefined
}

/** `site In [berlin, munich]`, `tier Exists` */
export function describeRequirement({ key, operator, values }: LabelRequirement): string {
  return values.length > 0 ? `${key} ${operator} [${values.join(', ')}]` : `${key} ${operator}`
}
