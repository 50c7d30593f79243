import type { KeyingConfig } from '@urql/exchange-graphcache'

interface TypeIntrospection {
  readonly kind: string
  readonly name: string
  readonly fields?: readonly { readonly name: string }[]
}

/**
 * Object types without an `id` are parts of the object that holds them: Graphcache stores them
 * there when told that they have no key of their own.
 */
export function embeddedKeys(types: readonly TypeIntrospection[]): KeyingConfig {
  const embedded = types.filter((type) => type.kind === 'OBJECT' && !type.fields?.some(isId))
  return Object.fromEntries(embedded.map((type) => [type.name, () => null]))
}

function isId(field: { readonly name: string }): boolean {
  return field.name === 'id'
}
