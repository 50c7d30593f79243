import type { ResultOf } from 'gql.tada'
import { createContext, useContext } from 'react'
import { graphql } from '../graphql/graphql.ts'

export const ViewerDocument = graphql(`
  query Viewer {
    viewer { name role expiresAt }
  }
`)

export type Viewer = ResultOf<typeof ViewerDocument>['viewer']

export interface Session {
  readonly signOut: () => void
}

export const SessionContext = createContext<Session | null>(null)

/** The signed-in session. Throws outside of one: nothing but the sign-in page is drawn there. */
export function useSession(): Session {
  const session = useContext(SessionContext)
  if (session === null) throw new Error('useSession needs a signed-in session')
  return session
}
