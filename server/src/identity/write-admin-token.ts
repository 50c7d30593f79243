import { open, rename } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * Puts the first admin token where only the owner of the folder can read it: `<home>/admin-token`, mode 600, whole or
 * not at all.
 *
 * @returns the path of the file
 */
export async function writeAdminToken(home: string, token: string): Promise<string> {
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
  await rename(draft, path)
  return path
}
