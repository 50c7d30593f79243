import { randomUUID } from 'node:crypto'
import { linkSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { processIdentity } from './process-identity.ts'

/** The folder belongs to a process that is still running. */
export class FolderInUseError extends Error {
  override name = 'FolderInUseError'
  readonly folder: string
  readonly pid: number

  constructor(folder: string, pid: number) {
    super(`the folder ${folder} is in use by process ${pid}; stop that one first, or choose another folder`)
    this.folder = folder
    this.pid = pid
  }
}

/** One claim on the folder; an empty file once given up. Only the highest generation counts. */
interface Lock {
  generation: number
  pid: number
  identity: string | null
  /** Tells the claims of one process apart; empty for one that was given up. */
  id: string
}

/** What this process holds, by id. The disk may say more: a claim that was given up stays where the disk takes no change any more. */
const held = new Set<string>()

/**
 * Takes the folder for this process until the returned function is called or the process ends, however it ends.
 * Throws FolderInUseError when a running process has it. The returned function never throws.
 *
 * Claims are numbered files, created exclusively. A dead claim is never overwritten: the next number is created,
 * which exactly one contender can do. The newest file stays when given up, so that numbers only ever grow.
 *
 * @param log is told when a claim that was given up has to stay on the disk, where it keeps other processes out
 */
export function lockFolder(folder: string, log: (line: string) => void): () => void {
  for (;;) {
    const newest = newestLock(folder)
    if (newest !== null && isHeld(newest)) throw new FolderInUseError(folder, newest.pid)
    const own: Lock = {
      generation: (newest?.generation ?? 0) + 1,
      pid: process.pid,
      identity: processIdentity(process.pid),
      id: randomUUID(),
    }
    if (!createLock(folder, own)) continue
    const generations = lockGenerations(folder)
    if (Math.max(...generations) !== own.generation) {
      rmSync(lockPath(folder, own.generation), { force: true })
      continue
    }
    for (const older of generations.filter((generation) => generation < own.generation)) {
      rmSync(lockPath(folder, older), { force: true })
    }
    held.add(own.id)
    return () => giveUp(folder, own, log)
  }
}

function isHeld({ pid, identity, id }: Lock): boolean {
  if (pid === 0 || identity === null || processIdentity(pid) !== identity) return false
  return pid !== process.pid || held.has(id)
}

/** Emptied, not replaced: that needs no room on the disk. */
function giveUp(folder: string, { generation, id }: Lock, log: (line: string) => void): void {
  held.delete(id)
  try {
    truncateSync(lockPath(folder, generation))
  } catch (error) {
    log(`the lock on ${folder} could not be given up on the disk: ${String(error)}`)
  }
}

function lockPath(folder: string, generation: number): string {
  return join(folder, `lock-${generation}.json`)
}

function lockGenerations(folder: string): number[] {
  return readdirSync(folder).flatMap((name) => {
    const match = /^lock-(\d+)\.json$/.exec(name)
    return match === null ? [] : [Number(match[1])]
  })
}

function newestLock(folder: string): Lock | null {
  const generations = lockGenerations(folder)
  if (generations.length === 0) return null
  const generation = Math.max(...generations)
  try {
    const { pid, identity, id = '' } = JSON.parse(readFileSync(lockPath(folder, generation), 'utf8'))
    return { generation, pid, identity, id }
  } catch (error) {
    // Gone since it was listed, because a newer one exists.
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return newestLock(folder)
    return { generation, pid: 0, identity: null, id: '' }
  }
}

/** Links a complete file into place, so that nobody ever reads half of it; false when the name is taken. */
function createLock(folder: string, lock: Lock): boolean {
  const draft = writeDraft(folder, lock)
  try {
    linkSync(draft, lockPath(folder, lock.generation))
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  } finally {
    rmSync(draft, { force: true })
  }
}

function writeDraft(folder: string, { pid, identity, id }: Lock): string {
  const draft = join(folder, `lock-draft-${randomUUID()}`)
  try {
    writeFileSync(draft, `${JSON.stringify({ pid, identity, id })}\n`, { mode: 0o644 })
    return draft
  } catch (error) {
    // On a full disk there is a file, with nothing in it.
    rmSync(draft, { force: true })
    throw error
  }
}
