import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { HomeFolder } from './home-folder.ts'

export interface AdminToken {
  file: string
  token: string
}

interface FindOptions {
  /** Of the server, which is ready. */
  url: string
  home: HomeFolder
  signal: AbortSignal
}

/** The first one, and those of other databases that were kept when theirs was made. */
const tokenFile = /^admin-token(-\d+)?$/

const answerTimeoutMs = 10_000

/**
 * Each database has tokens of its own, and the folder may have been used with several. Answers the one that this server
 * accepts, null when it accepts none.
 */
export async function findAdminToken({ url, home, signal }: FindOptions): Promise<AdminToken | null> {
  const names = readdirSync(home.path).filter((name) => tokenFile.test(name))
  for (const name of names.sort()) {
    const file = join(home.path, name)
    const token = await readAccepted(file, url, signal)
    if (token !== null) return { file, token }
  }
  return null
}

async function readAccepted(file: string, url: string, signal: AbortSignal): Promise<string | null> {
  try {
    const token = readFileSync(file, 'utf8').trim()
    const response = await fetch(new URL('/graphql', url), {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ query: '{ __typename }' }),
      signal: AbortSignal.any([signal, AbortSignal.timeout(answerTimeoutMs)]),
    })
    return response.ok ? token : null
  } catch {
    return null
  }
}
