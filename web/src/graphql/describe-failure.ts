import type { CombinedError } from '@urql/core'

/** A failed request in words for the person who made it, with the id that finds it in the server's log. */
export function describeFailure(error: CombinedError): string {
  if (error.networkError) return 'The server could not be reached. Check the connection to it and try again.'
  const [fault] = error.graphQLErrors
  if (!fault) return error.message
  const { requestId } = fault.extensions
  return typeof requestId === 'string' ? `${fault.message} (request ${requestId})` : fault.message
}
