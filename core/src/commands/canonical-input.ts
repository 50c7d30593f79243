/** One text for equal inputs, whatever the order of their keys; two inputs under one idempotency key are compared by it. */
export function canonicalInput(kind: string, input: unknown): string {
  return `${kind} ${JSON.stringify(input, (_key, value: unknown) => canonicalValue(value))}`
}

function canonicalValue(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString()
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
}
