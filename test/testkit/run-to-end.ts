import { execFile } from 'node:child_process'

export interface Ended {
  /** Its exit code; `NaN` when it could not be started. */
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs a program until it ends, however it does. */
export function runToEnd(file: string, args: readonly string[], env = process.env): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(file, args, { env }, (error, stdout, stderr) =>
      resolve({ status: error ? Number(error.code) : 0, stdout, stderr }),
    )
  })
}
