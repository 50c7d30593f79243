import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/**
 * Which sources a folder holds: the short hash of its commit, with '+ changes' where they differ from it, files included that are not in it
 * and not ignored. Null where there is no git, or none that knows the folder.
 */
export function readCommit(folder = ROOT): string | null {
  const git = (...args: string[]) =>
    execFileSync('git', args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  try {
    const hash = git('rev-parse', '--short', 'HEAD')
    return git('status', '--porcelain') === '' ? hash : `${hash} + changes`
  } catch {
    return null
  }
}
