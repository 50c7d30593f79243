import type { SourcePatch } from './source-patch.ts'

/** A moment in the product's code at which a process is killed. */
export interface CrashPoint {
  readonly module: string
  /** Stands exactly once in the module, and a statement may begin there. */
  readonly before: string
}

/**
 * The process ends by SIGKILL when it first comes to the point, as if the power had failed there; started again it goes on.
 *
 * @param mark a file that does not exist yet; it does once the process was killed
 */
export function crashOnceAt({ module, before }: CrashPoint, mark: string): SourcePatch {
  const kill = `{
    const fs = process.getBuiltinModule('node:fs')
    if (!fs.existsSync(${JSON.stringify(mark)})) {
      fs.writeFileSync(${JSON.stringify(mark)}, '')
      process.kill(process.pid, 'SIGKILL')
    }
  } `
  return { module, find: before, replace: kill + before }
}
