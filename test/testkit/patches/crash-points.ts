import type { SourcePatch } from './source-patch.ts'

/** A moment in the product's code at which something happens to its process. */
export interface CrashPoint {
  readonly module: string
  /** Stands exactly once in the module, and a statement may begin there. */
  readonly before: string
}

/**
 * The process ends by SIGKILL when it first comes to the point, as if the power had failed there; started again it goes on. Or, by
 * SIGSTOP, it stands there until it gets SIGCONT.
 *
 * @param mark a file that does not exist yet; it does once the process was killed
 */
export function crashOnceAt(
  { module, before }: CrashPoint,
  mark: string,
  signal: 'SIGKILL' | 'SIGSTOP' = 'SIGKILL',
): SourcePatch {
  const kill = `{
    const fs = process.getBuiltinModule('node:fs')
    if (!fs.existsSync(${JSON.stringify(mark)})) {
      fs.writeFileSync(${JSON.stringify(mark)}, '')
      process.kill(process.pid, '${signal}')
    }
  } `
  return { module, find: before, replace: kill + before }
}
