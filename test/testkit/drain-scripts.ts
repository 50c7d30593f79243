import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Ended, runToEnd } from './run-to-end.ts'
import type { Stack } from './stack.ts'

const MAIN = fileURLToPath(new URL('../drain/main.ts', import.meta.url))

/** `npm run drain`, and a host that carries out what it writes. */
export interface DrainScripts {
  /** `npm run drain -- plan` with these arguments. */
  plan(...args: readonly string[]): Promise<Ended>
  /** Writes the script of a cluster's plan, for `run`. */
  write(cluster: string, hostId: string): Promise<Ended>
  /** Runs the script that was written last. */
  run(args: readonly string[], env?: NodeJS.ProcessEnv): Promise<Ended>
  /** What was asked of the host, a line for each program and its arguments. */
  calls(): string
  remove(): void
}

/** What a host does to data is done by programs that do nothing, to files in place of devices. */
export function drainScripts({ api }: Pick<Stack, 'api'>): DrainScripts {
  const folder = mkdtempSync(join(tmpdir(), 'flotilla-drain-'))
  const at = (name: string) => join(folder, name)
  const script = at('drain.sh')
  writeFileSync(at('token'), api.token)
  writeFileSync(at('calls'), '')
  mkdirSync(at('bin'))
  for (const name of ['nvme', 'dd', 'cmp', 'blockdev']) {
    writeFileSync(at(`bin/${name}`), `#!/bin/sh\necho ${name} "$@" >> ${at('calls')}\n`, { mode: 0o755 })
  }
  const plan = (...args: readonly string[]) =>
    runToEnd(process.execPath, [MAIN, 'plan', ...args, '--url', api.url, '--token', at('token')])
  return {
    plan,
    async write(cluster, hostId) {
      const ended = await plan(cluster, '--host', hostId, '--out', script)
      const written = readFileSync(script, 'utf8')
      const pretended = written.replaceAll('/dev/disk/by-id', at('devices')).replaceAll('[ -b ', '[ -n ')
      writeFileSync(script, pretended)
      return ended
    },
    run: (args, env = {}) =>
      runToEnd('bash', [script, ...args], {
        PATH: `${at('bin')}:${process.env.PATH}`,
        FLOTILLA_URL: api.url,
        FLOTILLA_TOKEN_FILE: at('token'),
        ...env,
      }),
    calls: () => readFileSync(at('calls'), 'utf8'),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}
