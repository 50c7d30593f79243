import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

/** Where everything that outlives a start is kept. */
export interface HomeFolder {
  path: string
  dataFolder: string
  demoFolder: string
  /** The simulator writes here how its clusters are reached. */
  demoFleetFile: string
  masterKeyFile: string
  /** What Node makes of our modules, so that the next start takes less; nobody else may write it. */
  compileCacheFolder: string
}

/** Makes FLOTILLA_HOME with its folders where missing; idempotent. */
export function openHomeFolder(folder: string): HomeFolder {
  const path = resolve(folder)
  const home: HomeFolder = {
    path,
    dataFolder: join(path, 'data'),
    demoFolder: join(path, 'demo'),
    demoFleetFile: join(path, 'demo-fleet.json'),
    masterKeyFile: join(path, 'keys', 'master-key'),
    compileCacheFolder: join(path, 'compile-cache'),
  }
  mkdirSync(home.dataFolder, { recursive: true })
  for (const own of [join(path, 'keys'), home.compileCacheFolder]) {
    mkdirSync(own, { recursive: true })
    chmodSync(own, 0o700)
  }
  return home
}

/** The key that seals the clusters' credentials, in base64; made on first use, readable by its owner only. */
export function readOrMakeMasterKey(path: string): string {
  if (!existsSync(path)) {
    const draft = `${path}.new`
    writeFileSync(draft, `${randomBytes(32).toString('base64')}\n`, { mode: 0o600, flush: true })
    renameSync(draft, path)
  }
  const key = readFileSync(path, 'utf8').trim()
  if (Buffer.from(key, 'base64').length !== 32) {
    throw new Error(
      `${path} does not hold 32 bytes in base64; restore it: without it no credential can be read`,
    )
  }
  return key
}
