import type { GraphQLError } from 'graphql'

/** `Variable "$input" got invalid value "10 GB" at "input.sizeBytes"; ...`, the only place where graphql-js tells it. */
const VARIABLE = /^Variable "\$(\w+)" .*?(?: at "([^"]+)")?; /s

/**
 * The argument or input field that an error found before execution is about, for example `input.sizeBytes`; `null`
 * when it is about none.
 */
export function inputPathOf(error: GraphQLError): string | null {
  const variable = VARIABLE.exec(error.message)
  if (variable) return variable[2] ?? variable[1] ?? null
  return fieldOfLiteral(error)
}

/** In a document a value stands behind `name:`. */
function fieldOfLiteral(error: GraphQLError): string | null {
  const colon = error.nodes?.[0]?.loc?.startToken.prev
  return colon?.kind === ':' && colon.prev?.kind === 'Name' ? colon.prev.value : null
}
