import { readdirSync, readFileSync } from 'node:fs'
import { waitUntil } from '../testkit/wait-until.ts'

/** Processes whose parent this is now; none where there is no /proc. */
export function childrenOf(pid: number): number[] {
  return processIds().filter((each) => parentOf(each) === pid)
}

export function parentOf(pid: number): number {
  return Number(readStat(pid)[1] ?? 0)
}

/** Fields of /proc/PID/stat behind the name, which may hold anything: state, parent, ... None where there is no /proc or the process is gone. */
export function readStat(pid: number): string[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return text.slice(text.lastIndexOf(')') + 2).split(' ')
  } catch {
    return []
  }
}

/**
 * Ends a process and all that it has started, whatever they have started included, by SIGKILL, as a power cut does; resolves when none is left.
 * The last started goes first: who is told that its parent has gone would else end in order.
 *
 * @throws where there is no /proc to find them in
 */
export async function killTree(pid: number): Promise<void> {
  const tree = [pid]
  for (const each of tree) tree.push(...childrenOf(each))
  if (readStat(pid).length === 0) throw new Error(`process ${pid} is not in /proc`)
  for (const each of tree.toReversed()) kill(each)
  await waitUntil('all processes to be gone', () => tree.every(isGone))
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** Also from the list of processes: PostgreSQL takes one that is there still for one that runs. */
export function isGone(pid: number): boolean {
  return readStat(pid).length === 0
}

function processIds(): number[] {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
  } catch {
    return []
  }
}
