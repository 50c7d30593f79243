import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** A program of a benchmark's own, beside it in the folder; it ends when its channel to us closes. */
export interface Child {
  send(message: object): void
  /** The next message of this type. @throws when the program ends before */
  receive<Message>(type: string): Promise<Message>
  stop(): Promise<void>
}

export function startChild(file: URL, args: readonly string[] = []): Child {
  const child: ChildProcess = fork(fileURLToPath(file), args, {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  return {
    send: (message) => void child.send(message),
    receive<Message>(type: string) {
      return new Promise<Message>((resolve, reject) => {
        const onMessage = (message: { type?: string }): void => {
          if (message.type !== type) return
          child.off('message', onMessage)
          resolve(message as Message)
        }
        child.on('message', onMessage)
        child.once('exit', (code) => reject(new Error(`${file.pathname} ended with ${code}`)))
      })
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const exited = once(child, 'exit')
      child.kill()
      await exited
    },
  }
}
