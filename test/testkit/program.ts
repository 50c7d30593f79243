import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const END_WITH_PARENT = new URL('../../supervisor/src/end-with-supervisor.ts', import.meta.url)

const LINES_SHOWN = 30

/** A process of the product under test, started as the supervisor starts it, and killable like any. */
export class Program {
  readonly #file: string
  readonly #env: NodeJS.ProcessEnv
  readonly logFile: string | null
  #child: ChildProcess | null = null
  #output: string[] = []

  /** @param logFile keeps all that it prints, over restarts */
  constructor(file: URL, env: NodeJS.ProcessEnv, logFile: string | null = null) {
    this.#file = fileURLToPath(file)
    this.#env = env
    this.logFile = logFile
    if (logFile) appendFileSync(logFile, '')
  }

  /** Resolves with the address that it says it is ready at, or an empty text. */
  async start(): Promise<string> {
    const child = fork(this.#file, [], {
      env: this.#env,
      execArgv: ['--import', END_WITH_PARENT.href],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    })
    this.#child = child
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk: Buffer) => this.#remember(chunk.toString()))
    }
    const exited = once(child, 'exit').then(([code, signal]) => {
      throw new Error(`${this.#file} ended before it was ready (${code ?? signal}):\n${this.output}`)
    })
    const ready = new Promise<string>((resolve) => {
      child.on('message', (message: { type?: string; url?: string }) => {
        if (message.type === 'ready') resolve(message.url ?? '')
      })
    })
    exited.catch(() => {})
    return Promise.race([ready, exited])
  }

  get isRunning(): boolean {
    const child = this.#child
    return child !== null && child.exitCode === null && child.signalCode === null
  }

  get pid(): number | undefined {
    return this.#child?.pid
  }

  /** Ends it in order, or at once with SIGKILL. May be called again with SIGKILL while the other hangs. */
  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    const child = this.#child
    if (!child || !this.isRunning) return
    const exited = once(child, 'exit')
    child.kill(signal)
    await exited
  }

  /** The last lines that it printed. */
  get output(): string {
    return this.#output.join('').split('\n').slice(-LINES_SHOWN).join('\n')
  }

  #remember(text: string): void {
    if (this.logFile) appendFileSync(this.logFile, text)
    this.#output.push(text)
    if (this.#output.length > 500) this.#output.splice(0, 250)
  }
}
