import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

/** The process of the product that we started from this file, `server/src/main.ts` for example. */
export async function findChild(file: string): Promise<{ pid: number; residentBytes: number }> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid=,rss=,args='])
  for (const line of stdout.split('\n')) {
    const [pid, parent, residentKib, ...args] = line.trim().split(/\s+/)
    if (Number(parent) === process.pid && args.some((arg) => arg.endsWith(file))) {
      return { pid: Number(pid), residentBytes: Number(residentKib) * 1024 }
    }
  }
  throw new Error(`no process of ours runs ${file}`)
}
