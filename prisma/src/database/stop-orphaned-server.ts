import { execFileSync } from 'node:child_process'
import { readlinkSync, realpathSync, rmSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { postmasterPath, readPostmaster } from './postmaster-file.ts'
import { processIdentity } from './process-identity.ts'

/** Longest wait for open transactions to be cut and a checkpoint to be written, before more force. */
const fastShutdownMs = 30_000
const immediateShutdownMs = 10_000

/**
 * Ends the PostgreSQL that still serves this data folder although the process that started it is gone: in order
 * (fast shutdown), or, if that takes too long, at once, which the next start repairs from the log.
 * Call under the folder's lock. Throws when the server cannot be ended.
 */
export async function stopOrphanedServer(clusterFolder: string, log: (line: string) => void): Promise<void> {
  const postmaster = readPostmaster(clusterFolder)
  if (postmaster === null) return
  const { pid } = postmaster
  const identity = processIdentity(pid)
  if (identity === null) return
  if (!servesFolder(pid, clusterFolder)) {
    // The machine or the container was restarted and the pid is somebody else's: PostgreSQL would refuse to start.
    rmSync(postmasterPath(clusterFolder), { force: true })
    return
  }
  log(`stopping PostgreSQL (pid ${pid}), left over from a start that was killed`)
  process.kill(pid, 'SIGINT')
  if (await isGone(pid, identity, fastShutdownMs)) return
  process.kill(pid, 'SIGQUIT')
  if (await isGone(pid, identity, immediateShutdownMs)) return
  throw new Error(`PostgreSQL (pid ${pid}) still runs on ${clusterFolder} and does not stop; end it by hand`)
}

/** A server's working folder is its data folder; elsewhere than on Linux its command line names it. */
function servesFolder(pid: number, clusterFolder: string): boolean {
  try {
    if (process.platform === 'linux') return readlinkSync(`/proc/${pid}/cwd`) === realpathSync(clusterFolder)
    return execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }).includes(
      clusterFolder,
    )
  } catch {
    return false
  }
}

async function isGone(pid: number, identity: string, timeoutMs: number): Promise<boolean> {
  const deadline = performance.now() + timeoutMs
  while (processIdentity(pid) === identity) {
    if (performance.now() > deadline) return false
    await sleep(20)
  }
  return true
}
