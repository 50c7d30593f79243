import { readFileSync } from 'node:fs'

/** MiB that a process has now, or has had at most; 0 where there is no /proc. */
export function memoryMib(pid: number, which: 'VmRSS' | 'VmHWM'): number {
  try {
    const kib = new RegExp(`^${which}:\\s+(\\d+)`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return Math.round(Number(kib) / 1024)
  } catch {
    return 0
  }
}
