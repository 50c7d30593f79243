import { type ChildProcess, fork } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'
import { type SettingsMessage, settingsFollow } from '@flotilla/core/settings/complete-environment'
import type { Variables } from '@flotilla/core/settings/settings'
import { BackOff } from './back-off.ts'
import type { ProcessLog } from './process-log.ts'

/** A child ended before it was ready for the first time: something is wrong with it or its settings. */
export class ChildStartError extends Error {
  override name = 'ChildStartError'
}

interface ChildOptions {
  name: string
  /** Absolute path of its main module. */
  script: string
  args?: string[]
  /** Its whole environment, but for the settings that follow. */
  env: Variables
  /** Sent to it as soon as they are known; it loads its modules meanwhile. */
  settings?: Promise<Variables>
  /** For a program that does not say when it is ready: a file that it writes then. */
  readyFile?: string
  log: ProcessLog
}

const endWithSupervisor = new URL('end-with-supervisor.ts', import.meta.url).href

/** From SIGTERM to SIGKILL. */
const stopTimeoutMs = 10_000

/**
 * A Node process that is kept running: restarted after a crash, with back-off, until stopped.
 *
 * What the process has to do: await core's completeEnvironment() if settings follow, send `{type: 'ready', url}` over its IPC channel when
 * it serves (url where it has one), and end in order on SIGTERM. That it ends with the supervisor, even when that is killed, is seen to by
 * end-with-supervisor.ts. It has a process group of its own: Ctrl-C in the terminal reaches only the supervisor,
 * which then stops all in order.
 */
export class Child {
  /** The address it serves, null if it has none; rejects with ChildStartError if it ends before its first 'ready'. */
  readonly ready: Promise<string | null>
  readonly #options: ChildOptions
  readonly #backOff = new BackOff()
  readonly #firstReady = Promise.withResolvers<string | null>()
  #process: ChildProcess | null = null
  #ended: Promise<void> = Promise.resolve()
  #restart: NodeJS.Timeout | undefined
  #fileCheck: NodeJS.Timeout | undefined
  #hasBeenReady = false
  #isStopping = false

  constructor(options: ChildOptions) {
    this.#options = options
    this.ready = this.#firstReady.promise
    // Who does not wait for it still sees the crash in the log.
    this.ready.catch(() => {})
    this.#launch()
  }

  /** The pid of the process that runs now. */
  get pid(): number | undefined {
    return this.#process?.pid
  }

  /** Asks the process to end, forces it after 10 s, and resolves when it has ended. */
  async stop(): Promise<void> {
    this.#isStopping = true
    clearTimeout(this.#restart)
    const child = this.#process
    if (child === null) return
    child.kill('SIGTERM')
    const force = setTimeout(() => {
      this.#say(`does not stop; killing it after ${stopTimeoutMs / 1000} s`)
      child.kill('SIGKILL')
    }, stopTimeoutMs)
    await this.#ended
    clearTimeout(force)
  }

  #launch(): void {
    const startedAt = performance.now()
    const ended = Promise.withResolvers<void>()
    this.#ended = ended.promise
    const end = (reason: string) => {
      this.#process = null
      this.#onEnd(reason, performance.now() - startedAt)
      ended.resolve()
    }
    try {
      const child = this.#fork()
      this.#process = child
      child.on('message', (message) => this.#onMessage(message))
      child.on('error', ({ message }) => {
        // One that could not be started does not exit either.
        if (child.pid === undefined) end(message)
        else this.#say(message)
      })
      // 'close' comes after the last line of output; a grandchild that keeps the pipes open must not delay us.
      child.once('exit', (code, signal) => end(signal ?? `exit code ${code}`))
    } catch (error) {
      end(error instanceof Error ? error.message : String(error))
    }
  }

  /** Throws some of the reasons why a process cannot be started; the others are an 'error' of one without a pid. */
  #fork(): ChildProcess {
    const { name, script, args = [], env, settings, readyFile, log } = this.#options
    if (readyFile !== undefined) this.#awaitFile(readyFile)
    const child = fork(script, settings ? [...args, settingsFollow] : args, {
      env,
      execArgv: ['--import', endWithSupervisor],
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    })
    for (const stream of [child.stdout, child.stderr]) {
      // Undefined, whatever their type says, where there are too many open files for pipes.
      if (stream) log.follow(name, stream)
    }
    // Without settings nothing starts, and whoever waits for them stops us.
    settings?.then((known) => send(child, { type: 'settings', settings: known })).catch(() => {})
    return child
  }

  #onMessage(message: unknown): void {
    if (typeof message !== 'object' || message === null || !('type' in message) || message.type !== 'ready')
      return
    this.#onReady('url' in message && typeof message.url === 'string' ? message.url : null)
  }

  #awaitFile(path: string): void {
    rmSync(path, { force: true })
    clearInterval(this.#fileCheck)
    this.#fileCheck = setInterval(() => {
      if (!existsSync(path)) return
      clearInterval(this.#fileCheck)
      this.#onReady(null)
    }, 50)
  }

  #onReady(url: string | null): void {
    this.#hasBeenReady = true
    this.#firstReady.resolve(url)
  }

  #onEnd(reason: string, ranMs: number): void {
    clearInterval(this.#fileCheck)
    if (this.#isStopping || !this.#hasBeenReady) {
      this.#firstReady.reject(new ChildStartError(`the ${this.#options.name} could not start (${reason})`))
      return
    }
    const delayMs = this.#backOff.next(ranMs)
    this.#say(`ended unexpectedly (${reason}); starting it again in ${delayMs / 1000} s`)
    this.#restart = setTimeout(() => this.#launch(), delayMs)
  }

  #say(text: string): void {
    this.#options.log.write(this.#options.name, text)
  }
}

/** To a process that may have ended: its end is told elsewhere. */
function send(child: ChildProcess, message: SettingsMessage): void {
  if (child.connected) child.send(message, () => {})
}
