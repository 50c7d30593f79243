import { readdirSync, readFileSync } from 'node:fs'

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
  const children = processIds().filter((each) => Number(readStat(each)[1]) === pid)
  const living = [pid, ...children].reduce((sum, each) => sum + cpuMsOf(each), 0)
  return living + MS_PER_TICK * ended.reduce((sum, ticks) => sum + Number(ticks), 0)
}

export function parentOf(pid: number): number {
  return Number(readStat(pid)[1] ?? 0)
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

/** Fields of /proc/PID/stat behind the name, which may hold anything: state, parent, ... */
function readStat(pid: number): string[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return text.slice(text.lastIndexOf(')') + 2).split(' ')
  } catch {
    return []
  }
}
