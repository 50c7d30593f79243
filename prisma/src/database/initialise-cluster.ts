import { execFileSync, spawn } from 'node:child_process'
import { randomBytes, randomUUID } from 'node:crypto'
import {
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import type { PostgresBinaries } from './postgres-binaries.ts'
import type { ServerAccount } from './server-account.ts'

/** Name of the database's only role, its owner. */
export const databaseRole = 'flotilla'

interface Options {
  binaries: PostgresBinaries
  account: ServerAccount
  /** PostgreSQL's own data folder; its parent exists. */
  clusterFolder: string
  password: string
  log: (line: string) => void
}

/**
 * Makes PostgreSQL's data folder unless it exists, and sees to its owner. It is made under another name and renamed
 * when complete: what an interrupted start leaves behind is thrown away by the next one. Call under the folder's lock.
 */
export async function initialiseCluster(options: Options): Promise<void> {
  const { account, clusterFolder, log } = options
  removeUnfinished(clusterFolder)
  if (existsSync(clusterFolder)) {
    giveTo(account, clusterFolder)
    return
  }
  log('preparing PostgreSQL (first start, about 2 s)')
  const draftFolder = `${clusterFolder}.new-${randomUUID()}`
  mkdirSync(draftFolder, { mode: 0o700 })
  giveTo(account, draftFolder)
  await runInitdb(options, draftFolder)
  renameSync(draftFolder, clusterFolder)
}

/** The role's password, made on first use and kept in the file for the owner's eyes only. */
export function readOrMakePassword(path: string): string {
  if (!existsSync(path)) {
    const draft = `${path}.new-${randomUUID()}`
    writeFileSync(draft, `${randomBytes(24).toString('base64url')}\n`, { mode: 0o600, flush: true })
    renameSync(draft, path)
  }
  return readFileSync(path, 'utf8').trim()
}

async function runInitdb(
  { binaries, account, clusterFolder, password }: Options,
  folder: string,
): Promise<void> {
  const passwordFile = `${clusterFolder}.new-${randomUUID()}.password`
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 })
  giveTo(account, passwordFile)
  try {
    const { command, args, options } = account.run(binaries.initdb, [
      `--pgdata=${folder}`,
      `--username=${databaseRole}`,
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      // Byte order and upper/lower case by Unicode, both the same on every machine.
      '--locale=C',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
    ])
    const initdb = spawn(command, args, { ...options, stdio: ['ignore', 'ignore', 'pipe'] })
    let errors = ''
    initdb.stderr?.on('data', (chunk) => {
      errors += chunk
    })
    const outcome = await new Promise<number | string>((resolve) => {
      initdb.once('error', (error) => resolve(error.message))
      initdb.once('close', (code, signal) => resolve(code ?? `${signal}`))
    })
    if (outcome !== 0) throw new Error(`PostgreSQL's initdb failed (${outcome}): ${errors.trim()}`)
  } finally {
    rmSync(passwordFile, { force: true })
  }
}

function removeUnfinished(clusterFolder: string): void {
  const parent = dirname(clusterFolder)
  for (const name of readdirSync(parent)) {
    const path = join(parent, name)
    if (path.startsWith(`${clusterFolder}.new-`))
      rmSync(path, { recursive: true, force: true, maxRetries: 5 })
  }
}

function giveTo({ owner }: ServerAccount, path: string): void {
  if (owner === null || statSync(path).uid === owner.uid) return
  if (statSync(path).isFile()) chownSync(path, owner.uid, owner.gid)
  else execFileSync('chown', ['-R', `${owner.uid}:${owner.gid}`, path])
}
