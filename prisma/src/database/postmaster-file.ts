import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What a running PostgreSQL says about itself in its data folder. */
export interface Postmaster {
  pid: number
  port: number
  isReady: boolean
}

export function postmasterPath(clusterFolder: string): string {
  return join(clusterFolder, 'postmaster.pid')
}

/** Null when there is no such file; a file half written is "not ready". */
export function readPostmaster(clusterFolder: string): Postmaster | null {
  try {
    const lines = readFileSync(postmasterPath(clusterFolder), 'utf8').split('\n')
    const pid = Number(lines[0])
    if (!Number.isInteger(pid) || pid <= 0) return null
    return { pid, port: Number(lines[3]), isReady: lines[7]?.trim() === 'ready' }
  } catch {
    return null
  }
}
