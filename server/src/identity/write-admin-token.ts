import { chmod, link, open, rename } from 'node:fs/promises'
import { join } from 'node:path'

export interface WrittenToken {
  readonly path: string
  /** Where the token that the file held before is kept; null when there was none. */
  readonly former: string | null
}

/**
 * Puts the first admin token where only the owner of the folder can read it: `<home>/admin-token`, mode 600, whole or
 * not at all. A token that is there already may be the only one of another database, which nobody can tell again: it is
 * kept as `admin-token-1`, `admin-token-2` and so on.
 */
export async function writeAdminToken(home: string, token: string): Promise<WrittenToken> {
  const path = join(home, 'admin-token')
  const draft = `${path}.new`
  const file = await open(draft, 'w', 0o600)
  try {
    await file.chmod(0o600)
    await file.writeFile(`${token}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
  const former = await keep(path)
  await rename(draft, path)
  return { path, former }
}

/** A second name for what is at the path, which replaces nothing. */
async function keep(path: string): Promise<string | null> {
  for (let number = 1; ; number++) {
    const kept = `${path}-${number}`
    try {
      await link(path, kept)
      await chmod(kept, 0o600)
      return kept
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined
      if (code === 'ENOENT') return null
      if (code !== 'EEXIST') throw error
    }
  }
}
