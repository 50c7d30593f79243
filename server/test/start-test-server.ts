import type { Role } from '@flotilla/core/ports/authenticator'
import { pino } from 'pino'
// biome-ignore lint/correctness/noUndeclaredDependencies: the root declares it, as for every test
import { onTestFinished } from 'vitest'
import { type ServerOptions, startServer } from '../src/start-server.ts'
import { createMemoryEventLog } from './memory-event-log.ts'
import { createMemoryFleet } from './memory-fleet.ts'

/** Tokens that the test server knows. */
export const TOKENS: Readonly<Record<Role, string>> = {
  ADMIN: 'flo_admin_secret',
  OPERATOR: 'flo_operator_secret',
  VIEWER: 'flo_viewer_secret',
}

interface Answer {
  readonly status: number
  readonly headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: answers are looked into freely
  readonly body: any
}

/** A server on a free port with a fleet in memory; stopped when the test ends. */
export async function startTestServer(options: Partial<ServerOptions> = {}) {
  const fleet = createMemoryFleet()
  const eventLog = createMemoryEventLog()
  const revoked = new Set<string>()
  const logLines: Record<string, unknown>[] = []
  let problem: string | null = null
  const lookUps: { count: number; held: Promise<unknown> } = { count: 0, held: Promise.resolve() }
  const server = await startServer(
    {
      ...fleet,
      eventLog,
      log: pino({ level: 'debug' }, { write: (line: string) => logLines.push(JSON.parse(line)) }),
      findProblem: async () => problem,
      authenticator: {
        async authenticate(token) {
          lookUps.count++
          await lookUps.held
          if (problem) throw new Error(problem)
          const role = (Object.keys(TOKENS) as Role[]).find((key) => TOKENS[key] === token)
          if (!role || revoked.has(token)) return null
          return { tokenId: role, name: role.toLowerCase(), role, expiresAt: null }
        },
      },
    },
    { host: '127.0.0.1', port: 0, webFolder: '/nonexistent', drainMs: 500, ...options },
  )
  onTestFinished(() => server.close())

  return {
    server,
    tokens: TOKENS,
    fleet,
    eventLog,
    revoked,
    logLines,
    /** How often a token was looked up; each waits for what is `held`. */
    lookUps,
    /** As when the database is away: not ready, and no token can be checked. */
    setProblem(text: string | null) {
      problem = text
    },
    /** One operation as the holder of a token. */
    async send(query: string, variables: object = {}, role: Role = 'ADMIN'): Promise<Answer> {
      return this.post({
        headers: {
          authorization: `Bearer ${TOKENS[role]}`,
          'content-type': 'application/json',
          accept: 'application/graphql-response+json',
        },
        body: JSON.stringify({ query, variables }),
      })
    },
    async post(init: RequestInit): Promise<Answer> {
      return toAnswer(await fetch(`${server.url}/graphql`, { method: 'POST', ...init }))
    },
    async get(path: string, headers: Record<string, string> = {}): Promise<Answer> {
      return toAnswer(await fetch(server.url + path, { headers }))
    },
  }
}

async function toAnswer(response: Response): Promise<Answer> {
  const text = await response.text()
  const isJson = response.headers.get('content-type')?.includes('json')
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text }
}
