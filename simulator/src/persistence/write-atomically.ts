import { renameSync, writeFileSync } from 'node:fs'

/** Replaces a file as a whole: whoever is killed meanwhile leaves the old one or the new one, never a part. */
export function writeAtomically(path: string, content: string): void {
  const temporary = `${path}.tmp`
  writeFileSync(temporary, content, { mode: 0o600 })
  renameSync(temporary, path)
}
