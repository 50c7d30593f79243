const KEY = 'flotilla.token'

/** The API token of this browser: of this tab, or of this device where the person asked for that. */
export function readToken(): string | null {
  return sessionStorage.getItem(KEY) ?? localStorage.getItem(KEY)
}

/** Replaces what was kept before, in either place. */
export function keepToken(token: string, onDevice: boolean): void {
  forgetToken()
  const storage = onDevice ? localStorage : sessionStorage
  storage.setItem(KEY, token)
}

export function forgetToken(): void {
  sessionStorage.removeItem(KEY)
  localStorage.removeItem(KEY)
}
