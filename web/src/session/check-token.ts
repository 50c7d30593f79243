import { Client, fetchExchange } from '@urql/core'
import { isUnauthenticated } from '../graphql/create-api-client.ts'
import { describeFailure } from '../graphql/describe-failure.ts'
import { ViewerDocument } from './session-context.ts'

/** Asks the API who holds this token. Null when it is good, else why not, in words. */
export async function checkToken(token: string): Promise<string | null> {
  if (!/^[\x21-\x7e]+$/.test(token)) return 'A token has no spaces and no special characters.'
  const client = new Client({
    url: '/graphql',
    preferGetMethod: false,
    fetchOptions: { headers: { authorization: `Bearer ${token}` } },
    exchanges: [fetchExchange],
  })
  const { error } = await client.query(ViewerDocument, {})
  if (!error) return null
  if (isUnauthenticated(error) || error.response?.status === 401) {
    return 'This token is not accepted: it is mistyped, revoked or expired.'
  }
  return describeFailure(error)
}
