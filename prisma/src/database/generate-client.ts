import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const packageFolder = fileURLToPath(new URL('../..', import.meta.url))
const schema = join(packageFolder, 'schema.prisma')

/** Says what the client was generated from. */
const stampFile = join(packageFolder, 'src', 'generated', 'generated-from.sha256')

/** Generates the client unless this schema and this release of Prisma have produced it already. */
export function generateClientIfStale(log: (line: string) => void): void {
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === currentStamp()) return
  log('generating the database client (only after a change, about 1 s)')
  generateClient()
}

/**
 * Runs "prisma generate" on this package's schema; about a second. Throws with its output.
 *
 * It gets an environment of its own: nothing is asked of the network, and the native engine, which it wants to
 * download although it does not call it, is said to be there already.
 */
export function generateClient(): void {
  const prisma = join(dirname(prismaManifest()), 'build', 'index.js')
  const env = {
    PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
    CHECKPOINT_DISABLE: '1',
    PRISMA_HIDE_UPDATE_MESSAGE: '1',
  }
  const args = [prisma, 'generate', '--schema', schema, '--no-hints']
  const run = spawnSync(process.execPath, args, { cwd: packageFolder, env, encoding: 'utf8' })
  if (run.status !== 0) {
    throw new Error(`prisma generate failed: ${run.stderr || run.stdout || run.error?.message}`)
  }
  writeFileSync(stampFile, currentStamp())
}

function currentStamp(): string {
  const hash = createHash('sha256')
  for (const path of [schema, prismaManifest()]) hash.update(readFileSync(path))
  return hash.digest('hex')
}

function prismaManifest(): string {
  return createRequire(import.meta.url).resolve('prisma/package.json')
}
