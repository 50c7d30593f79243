import { execFileSync, type SpawnOptions, spawnSync } from 'node:child_process'

/** A command line and the options to spawn it with, as the OS user that PostgreSQL runs as. */
export interface ServerCommand {
  command: string
  args: string[]
  options: SpawnOptions
}

/** The OS user that PostgreSQL runs as: the one who started us, or, because it refuses root, `postgres`. */
export interface ServerAccount {
  /** Who has to own the data folder; null when that is who started us anyway. */
  owner: { uid: number; gid: number } | null
  run(command: string, args: string[]): ServerCommand
}

const serverUser = 'postgres'
const systemPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/**
 * PostgreSQL gets an environment of its own (no PGDATA, no locale of the terminal) and a folder that it may read.
 * Its messages are in English because their text is looked at.
 */
const baseOptions: SpawnOptions = { cwd: '/', env: { PATH: systemPath, LC_ALL: 'C', TZ: 'UTC' } }

/**
 * Chooses the account for these paths; under root makes the user `postgres` when it is missing.
 *
 * That user cannot pass a parent folder closed to it, as /root is. Then the server runs with one right of root
 * kept, to pass such folders (CAP_DAC_READ_SEARCH, or CAP_DAC_OVERRIDE where a container has only that).
 * Throws with what to do instead when not even this helps.
 */
export function chooseServerAccount(paths: string[], log: (line: string) => void): ServerAccount {
  if (process.getuid?.() !== 0) {
    return { owner: null, run: (command, args) => ({ command, args, options: baseOptions }) }
  }
  const owner = findOrMakeServerUser(log)
  const plain: ServerAccount = {
    owner,
    run: (command, args) => ({ command, args, options: { ...baseOptions, ...owner } }),
  }
  if (canReach(plain, paths)) return plain
  for (const capability of ['dac_read_search', 'dac_override']) {
    const capable = accountWithCapability(owner, capability)
    if (!canReach(capable, paths)) continue
    log(
      `the OS user ${serverUser} may not enter the folders above the database; it keeps ${capability} for that`,
    )
    return capable
  }
  throw new Error(
    `PostgreSQL does not run as root, and the OS user ${serverUser} cannot reach ${paths.join(' and ')}: start as an ordinary user, keep both the program and FLOTILLA_HOME in folders that everyone may enter, or set DATABASE_URL`,
  )
}

function accountWithCapability(owner: { uid: number; gid: number }, capability: string): ServerAccount {
  const flags = [
    ['--reuid', String(owner.uid), '--regid', String(owner.gid), '--clear-groups'],
    ['--inh-caps', `+${capability}`, '--ambient-caps', `+${capability}`],
    // access(2), which PostgreSQL asks about its own files, ignores the right without this.
    ['--securebits', '+no_setuid_fixup'],
  ].flat()
  return {
    owner,
    run: (command, args) => ({
      command: 'setpriv',
      args: [...flags, command, ...args],
      options: baseOptions,
    }),
  }
}

function canReach(account: ServerAccount, paths: string[]): boolean {
  const script = 'for path in "$@"; do test -x "$path" || exit 1; done'
  const { command, args, options } = account.run('/bin/sh', ['-c', script, 'sh', ...paths])
  return spawnSync(command, args, { ...options, stdio: 'ignore' }).status === 0
}

function findOrMakeServerUser(log: (line: string) => void): { uid: number; gid: number } {
  const known = lookUpServerUser()
  if (known !== null) return known
  log(`PostgreSQL does not run as root: making the OS user ${serverUser}`)
  const flags = ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin']
  const { status, stderr } = spawnSync('useradd', [...flags, serverUser], {
    ...baseOptions,
    encoding: 'utf8',
  })
  const made = lookUpServerUser()
  if (made !== null) return made
  throw new Error(
    `PostgreSQL does not run as root and the OS user ${serverUser} could not be made (useradd: ${stderr || status}): start as an ordinary user, or make that user`,
  )
}

function lookUpServerUser(): { uid: number; gid: number } | null {
  try {
    const ask = (flag: string) =>
      Number(
        execFileSync('id', [flag, serverUser], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }),
      )
    return { uid: ask('-u'), gid: ask('-g') }
  } catch {
    return null
  }
}
