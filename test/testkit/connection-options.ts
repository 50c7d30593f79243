import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** How every command that talks to a running Flotilla is told where it is; for `parseArgs`. */
export function connectionOptions(env: NodeJS.ProcessEnv) {
  return {
    url: { type: 'string', default: `http://${env.HOST ?? '127.0.0.1'}:${env.PORT ?? '4000'}` },
    token: { type: 'string', default: join(env.FLOTILLA_HOME ?? '.flotilla', 'admin-token') },
  } as const
}

export const CONNECTION_USAGE = `\
  --url URL       where Flotilla is                                  (http://127.0.0.1:4000, or HOST and PORT)
  --token FILE    file with the token                                ($FLOTILLA_HOME/admin-token)`

/** @throws Error with what is wrong and what is allowed */
export function readConnection(given: { readonly url: string; readonly token: string }): {
  readonly url: string
  readonly token: string
} {
  if (!URL.canParse(given.url)) throw new Error(`--url: "${given.url}" is no URL`)
  return { url: given.url.replace(/\/$/, ''), token: readToken(given.token) }
}

function readToken(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch {
    throw new Error(
      `no token in ${file}: start Flotilla here first (npm start), or name the file with --token`,
    )
  }
}
