import { randomBytes, randomUUID } from 'node:crypto'
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type MasterKeys, parseMasterKeys } from '@flotilla/core/settings/master-keys'

/**
 * The keys in the file, one of which seals the clusters' credentials. The file is made on first use, readable by its
 * owner only, and of several starts at once all take the key of the first. It is not made once
 * anything is sealed in the database: a second key would open nothing of it.
 */
export async function readOrMakeMasterKeys(
  path: string,
  holdsSealed: () => Promise<boolean>,
): Promise<MasterKeys> {
  if (read(path) === null && !(await holdsSealed())) make(path)
  const text = read(path)
  if (text === null) {
    throw new Error(
      `${path} is missing, and the database holds what was sealed with its key: copy it from a host that works on this database, or from a backup, or set FLOTILLA_MASTER_KEY`,
    )
  }
  const keys = parseMasterKeys(text)
  if (keys === null) {
    throw new Error(
      `${path} does not hold 32 bytes in base64, or several such keys; restore it: without it no credential can be read`,
    )
  }
  return keys
}

/** Whole or not at all, and in place of no other. */
function make(path: string): void {
  const draft = `${path}.new-${randomUUID()}`
  try {
    writeFileSync(draft, `${randomBytes(32).toString('base64')}\n`, { mode: 0o600, flush: true })
    linkSync(draft, path)
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
  } finally {
    rmSync(draft, { force: true })
  }
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null
    throw error
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}
