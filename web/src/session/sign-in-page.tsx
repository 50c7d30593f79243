import { Button, Checkbox, PasswordInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { Mark } from '../shell/mark.tsx'
import { usePageTitle } from '../shell/use-page-title.ts'
import { checkToken } from './check-token.ts'
import { keepToken } from './session-token.ts'
import styles from './sign-in-page.module.css'

interface SignInPageProps {
  /** A session was under way and its token is no longer accepted. */
  readonly expired: boolean
  readonly onSignedIn: (token: string) => void
}

/** Takes an API token and checks it before keeping it. */
export function SignInPage({ expired, onSignedIn }: SignInPageProps) {
  const [token, setToken] = useState('')
  const [onDevice, setOnDevice] = useState(false)
  const [checking, setChecking] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)

  usePageTitle('Sign in')

  async function signIn(event: FormEvent) {
    event.preventDefault()
    const entered = token.trim()
    if (entered === '') return setProblem('Paste a token first.')
    setChecking(true)
    const refusal = await checkToken(entered)
    setChecking(false)
    if (refusal !== null) return setProblem(refusal)
    keepToken(entered, onDevice)
    onSignedIn(entered)
  }

  return (
    <main className={styles.page}>
      <form className={styles.form} onSubmit={signIn} noValidate>
        <div className={styles.brand}>
          <Mark />
          Flotilla
        </div>
        <h1 className={styles.title}>Sign in</h1>
        {expired && (
          <p role="status" className={styles.expired}>
            The session has ended: its token is no longer accepted. Sign in to go on where you were.
          </p>
        )}
        <PasswordInput
          label="API token"
          description={
            <>
              The first start keeps one in <code>.flotilla/admin-token</code>; <code>npm run token</code>{' '}
              makes another
            </>
          }
          value={token}
          onChange={(event) => setToken(event.currentTarget.value)}
          error={problem}
          autoComplete="off"
          spellCheck={false}
          data-autofocus
        />
        <Checkbox
          label="Remember on this device"
          description="Otherwise the token is forgotten with this tab"
          checked={onDevice}
          onChange={(event) => setOnDevice(event.currentTarget.checked)}
        />
        <Button type="submit" loading={checking}>
          Sign in
        </Button>
      </form>
    </main>
  )
}
