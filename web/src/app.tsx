import { RouterProvider } from '@tanstack/react-router'
import { useCallback, useEffect, useMemo, useState } from 'react'
import { Provider } from 'urql'
import { createApiClient } from './graphql/create-api-client.ts'
import { LiveProvider } from './graphql/live-context.tsx'
import { router } from './router.tsx'
import { SessionContext } from './session/session-context.ts'
import { forgetToken, readToken } from './session/session-token.ts'
import { SignInPage } from './session/sign-in-page.tsx'

/** Signed in or not. The address stays as it is on either side, so signing in returns to the same view. */
export function App() {
  const [token, setToken] = useState(readToken)
  const [expired, setExpired] = useState(false)

  const leave = useCallback((isExpired: boolean) => {
    forgetToken()
    setExpired(isExpired)
    setToken(null)
  }, [])

  if (token === null) return <SignInPage expired={expired} onSignedIn={setToken} />
  return <SignedIn token={token} onLeave={leave} />
}

interface SignedInProps {
  readonly token: string
  readonly onLeave: (isExpired: boolean) => void
}

function SignedIn({ token, onLeave }: SignedInProps) {
  const api = useMemo(() => createApiClient(token, () => onLeave(true)), [token, onLeave])
  const session = useMemo(() => ({ signOut: () => onLeave(false) }), [onLeave])
  useEffect(() => api.close, [api])

  return (
    <SessionContext value={session}>
      <Provider value={api.client}>
        <LiveProvider>
          <RouterProvider router={router} />
        </LiveProvider>
      </Provider>
    </SessionContext>
  )
}
