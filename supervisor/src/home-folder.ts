import { chmodSync, mkdirSync } from 'node:fs'
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
