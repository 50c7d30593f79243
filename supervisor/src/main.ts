import { fileURLToPath } from 'node:url'
import { readSettings, SettingsError } from '@flotilla/core/settings/settings'
import { readCommandLine, UsageError, usage } from './command-line.ts'
import { environment } from './env.ts'
import { openProcessLog } from './process-log.ts'
import { type Programs, supervise } from './supervise.ts'

const inRepository = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url))

const programs: Programs = {
  server: inRepository('server/src/main.ts'),
  worker: inRepository('workers/src/main.ts'),
  simulator: inRepository('simulator/src/main.ts'),
  web: inRepository('web'),
}

const exitCodes = { ok: 0, failed: 1, wrongUse: 2, interrupted: 130 }

/** One Ctrl-C may arrive twice: from the terminal, and passed on by npm. */
const sameRequestMs = 1_000

function onStopSignal(handle: (signal: string, isAgain: boolean) => void): void {
  let firstAt: number | null = null
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      const now = performance.now()
      if (firstAt === null || now - firstAt > sameRequestMs) handle(signal, firstAt !== null)
      firstAt ??= now
    })
  }
}

/** A connection that fails at each of a name's addresses is an error without a message, made of one for each. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join('; ')
  return error instanceof Error ? error.message : String(error)
}

async function main(): Promise<number> {
  const { demo, help } = readCommandLine(process.argv.slice(2))
  if (help) {
    process.stdout.write(usage)
    return exitCodes.ok
  }
  const settings = readSettings(environment)
  const log = openProcessLog({
    format: settings.LOG_FORMAT,
    colorize: process.stdout.isTTY === true,
    output: (line) => process.stdout.write(`${line}\n`),
  })
  // A reader that goes away (a closed terminal, "| head") must not take the fleet down.
  process.stdout.on('error', () => {})
  const stop = new AbortController()
  onStopSignal((signal, isAgain) => {
    // What we started ends by itself when we are gone.
    if (isAgain) process.exit(exitCodes.interrupted)
    log.write('flotilla', `${signal}: stopping (again to stop at once)`)
    stop.abort()
  })
  try {
    await supervise({ settings, demo, log, programs, signal: stop.signal })
  } catch (error) {
    if (stop.signal.aborted) return exitCodes.ok
    log.write('flotilla', `cannot start: ${reasonOf(error)}`)
    return exitCodes.failed
  }
  log.write('flotilla', 'stopped')
  return exitCodes.ok
}

try {
  process.exitCode = await main()
} catch (error) {
  if (!(error instanceof UsageError || error instanceof SettingsError)) throw error
  console.error(error.message)
  process.exitCode = exitCodes.wrongUse
}
