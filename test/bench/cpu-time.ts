import { childrenOf, readStat } from './process-tree.ts'

/** Linux counts the CPU time of processes in hundredths of a second. */
const MS_PER_TICK = 10

/** CPU time that the process has taken so far, in ms; 0 where there is no /proc or the process is gone. */
export function cpuMsOf(pid: number): number {
  const fields = readStat(pid)
  return MS_PER_TICK * (Number(fields[11] ?? 0) + Number(fields[12] ?? 0))
}

/** The same for a process and all whose parent it is now, the ones that have ended included. */
export function cpuMsOfFamily(pid: number): number {
  const ended = readStat(pid).slice(13, 15)
  const living = [pid, ...childrenOf(pid)].reduce((sum, each) => sum + cpuMsOf(each), 0)
  return living + MS_PER_TICK * ended.reduce((sum, ticks) => sum + Number(ticks), 0)
}
