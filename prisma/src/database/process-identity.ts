import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/**
 * What tells a process from any other that has had or will have the same pid: when it was started.
 * Null when no such process runs; a zombie counts as not running.
 */
export function processIdentity(pid: number): string | null {
  return process.platform === 'linux' ? identityFromProc(pid) : identityFromPs(pid)
}

function identityFromProc(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The second field is the program's name in brackets and may itself contain spaces and brackets.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const [state] = fields
    const startedAtTicks = fields[19]
    if (state === 'Z' || state === 'X' || startedAtTicks === undefined) return null
    const bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    return `${bootId}/${startedAtTicks}`
  } catch {
    return null
  }
}

function identityFromPs(pid: number): string | null {
  try {
    const fields = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim()
    return fields === '' || fields.startsWith('Z') ? null : fields.slice(fields.indexOf(' ')).trim()
  } catch {
    return null
  }
}
