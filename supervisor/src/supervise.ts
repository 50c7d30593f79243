import type { Settings, Variables } from '@flotilla/core/settings/settings'
import { generateClientIfStale } from '@flotilla/prisma/database/generate-client'
import { holdsSealed } from '@flotilla/prisma/database/holds-sealed'
import { applyMigrations } from '@flotilla/prisma/database/migrate'
import { buildWeb } from './build-web.ts'
import { checkPort } from './check-port.ts'
import { Child } from './child.ts'
import { Database } from './database.ts'
import { environment } from './env.ts'
import { findAdminToken } from './find-admin-token.ts'
import { type HomeFolder, openHomeFolder } from './home-folder.ts'
import { readOrMakeMasterKeys } from './master-key-file.ts'
import { Parts } from './parts.ts'
import type { ProcessLog } from './process-log.ts'
import { registerDemoFleet } from './register-demo-fleet.ts'
import { settingsForChildren } from './settings-for-children.ts'
import { startBanner } from './start-banner.ts'

/** The main modules of the processes to run and the folder of the page to build, as absolute paths. */
export interface Programs {
  server: string
  worker: string
  simulator: string
  web: string
}

interface SuperviseOptions {
  settings: Settings
  demo: boolean
  log: ProcessLog
  programs: Programs
  /** Stops everything, at any stage. */
  signal: AbortSignal
}

/**
 * Starts all parts, says where they are, and keeps them running until the signal; then stops them in order: server,
 * worker, simulator, database. Throws, with all stopped again, when a part cannot start.
 */
export async function supervise(options: SuperviseOptions): Promise<void> {
  const parts = new Parts()
  const stopRequested = new Promise<void>((resolve) => {
    options.signal.addEventListener('abort', () => resolve(), { once: true })
  })
  try {
    await Promise.race([startAll(options, parts), stopRequested])
    await stopRequested
  } finally {
    await parts.stop()
  }
}

async function startAll(options: SuperviseOptions, parts: Parts): Promise<void> {
  const { settings, demo, log, programs, signal } = options
  const startedAt = performance.now()
  const say = (line: string) => log.write('flotilla', line)
  if (settings.PORT !== 0) await checkPort(settings.HOST, settings.PORT)
  const home = openHomeFolder(settings.FLOTILLA_HOME)
  const pageBuilt = buildWeb({ webFolder: programs.web, log: say, signal }).catch((error: Error) => {
    if (!signal.aborted) say(`${error.message}\nEverything but the page works without it.`)
  })
  generateClientIfStale(say)

  const env = {
    ...environment,
    NODE_COMPILE_CACHE: environment.NODE_COMPILE_CACHE ?? home.compileCacheFolder,
  }
  const known = Promise.withResolvers<Variables>()
  const launch = (name: 'server' | 'worker') =>
    parts.add(new Child({ name, script: programs[name], env, settings: known.promise, log }))
  const database = Promise.resolve(settings.DATABASE_URL ?? startDatabase(home, parts, log))
  // Server and worker load their modules while PostgreSQL comes up; one simulator writes to the folder, and who has the database has it.
  const [connectionString, simulator, worker, server] = await Promise.all([
    database,
    demo ? parts.add(database.then(() => startSimulator(programs.simulator, home, env, log))) : null,
    launch('worker'),
    launch('server'),
  ])
  await applyMigrations({ connectionString, log: say })
  await pageBuilt
  signal.throwIfAborted()

  const masterKeys =
    settings.FLOTILLA_MASTER_KEY ??
    (await readOrMakeMasterKeys(home.masterKeyFile, () => holdsSealed(connectionString)))
  known.resolve(settingsForChildren(settings, home, connectionString, masterKeys))
  const [address] = await Promise.all([server.ready, worker.ready, simulator?.ready])
  signal.throwIfAborted()

  const url = address ?? `http://${settings.HOST}:${settings.PORT}`
  const admin = await findAdminToken({ url, home, signal })
  if (demo) {
    await registerDemoFleet({ url, token: admin?.token ?? '', home, log: say, signal }).catch(
      (error: Error) => {
        say(`the simulated fleet could not be registered: ${error.message}`)
      },
    )
  }
  const tookMs = performance.now() - startedAt
  for (const line of startBanner({ url, home, tokenFile: admin?.file ?? null, demo, tookMs })) say(line)
}

async function startDatabase({ dataFolder }: HomeFolder, parts: Parts, log: ProcessLog): Promise<string> {
  const starting = Database.start({ dataFolder, log: (line) => log.write('postgres', line) })
  return (await parts.add(starting)).connectionString
}

function startSimulator(script: string, home: HomeFolder, env: Variables, log: ProcessLog): Child {
  const fleet = ['--clusters', '12', '--capacity', '50TiB..2PiB', '--prefill', '0.3']
  const args = [...fleet, '--state', home.demoFolder, '--write', home.demoFleetFile]
  return new Child({ name: 'simulator', script, args, env, readyFile: home.demoFleetFile, log })
}
