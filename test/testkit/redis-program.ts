import { execFile } from 'node:child_process'
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const CACHE = fileURLToPath(new URL('../../.cache', import.meta.url))
const NAMES = ['redis-server', 'valkey-server']

export interface RedisProgram {
  readonly path: string
  /** For LD_LIBRARY_PATH; empty when the system's own libraries will do. */
  readonly libraryPath: string
}

const run = promisify(execFile)

/**
 * An installed Redis or Valkey, else Debian's package unpacked into the repository's cache folder (no root needed), else,
 * as root, the installed package. @throws an Error that says what to install
 */
export async function findRedisProgram(): Promise<RedisProgram> {
  const faults: unknown[] = []
  for (const find of [findInstalled, findUnpacked, unpackPackage, installPackage]) {
    const program = await find().catch((error: unknown) => void faults.push(error))
    if (program) return program
  }
  throw new AggregateError(
    faults,
    `this test needs Redis: put ${NAMES.join(' or ')} on PATH (Debian: apt-get install redis-server). It could not be prepared: ${faults.join('; ')}`,
  )
}

async function findInstalled(): Promise<RedisProgram | null> {
  const folders = (process.env.PATH ?? '').split(delimiter)
  const path = NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable)
  return path ? { path, libraryPath: '' } : null
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

async function findUnpacked(): Promise<RedisProgram | null> {
  const root = join(CACHE, 'redis')
  const path = join(root, 'usr/bin/redis-server')
  if (!existsSync(path)) return null
  const libraries = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) =>
    /\.so(\.|$)/.test(file),
  )
  const folders = new Set(libraries.map((file) => dirname(join(root, file))))
  return { path, libraryPath: [...folders].join(delimiter) }
}

/** With folders of its own apt needs no root: it downloads what is missing on this machine, and nothing is installed. */
async function unpackPackage(): Promise<RedisProgram | null> {
  mkdirSync(CACHE, { recursive: true })
  const work = mkdtempSync(join(CACHE, 'redis-'))
  try {
    const packages = join(work, 'apt/cache/archives')
    for (const folder of [join(work, 'apt/state/lists/partial'), join(packages, 'partial')]) {
      mkdirSync(folder, { recursive: true })
    }
    await apt(work, 'update')
    await apt(work, 'install', '--yes', '--download-only', '--no-install-recommends', 'redis-server')
    for (const file of readdirSync(packages).filter((name) => name.endsWith('.deb'))) {
      await run('dpkg', ['-x', join(packages, file), join(work, 'root')])
    }
    renameSync(join(work, 'root'), join(CACHE, 'redis'))
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
  return findUnpacked()
}

async function apt(work: string, ...command: string[]): Promise<void> {
  const options = {
    'Dir::State': join(work, 'apt/state'),
    'Dir::State::status': '/var/lib/dpkg/status',
    'Dir::Cache': join(work, 'apt/cache'),
    'Debug::NoLocking': '1',
    'APT::Sandbox::User': '',
  }
  const settings = Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`])
  await run('apt-get', ['-qq', ...settings, ...command])
}

async function installPackage(): Promise<RedisProgram | null> {
  if (process.getuid?.() !== 0) return null
  await run('apt-get', ['-qq', 'update'])
  await run('apt-get', ['-qq', '--yes', '--no-install-recommends', 'install', 'redis-server'])
  return findInstalled()
}
