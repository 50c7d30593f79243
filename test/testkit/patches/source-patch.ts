import { readFileSync } from 'node:fs'

/** A line of the product that a test has otherwise, in the processes that it starts with {@link patchedEnv}; nothing of it is in the product. */
export interface SourcePatch {
  /** From the root of the project: `workers/src/jobs/volume-reconcile.ts`. */
  readonly module: string
  /** Stands exactly once in the module. */
  readonly find: string
  readonly replace: string
}

const APPLY_PATCHES = new URL('apply-patches.ts', import.meta.url)
const ROOT = new URL('../../../', import.meta.url)

/**
 * What a process has to be started with so that it runs the patched sources. A patch whose text is no longer found fails here, so
 * that no test goes on without what it wants to show.
 *
 * @throws Error naming the module and the text
 */
export function patchedEnv(patches: readonly SourcePatch[]): Record<string, string> {
  for (const { module, find } of patches) {
    const count = readFileSync(new URL(module, ROOT), 'utf8').split(find).length - 1
    if (count !== 1) throw new Error(`${module} has ${count} times, not once: ${find}`)
  }
  const absolute = patches.map((patch) => ({ ...patch, module: new URL(patch.module, ROOT).href }))
  return { NODE_OPTIONS: `--import ${APPLY_PATCHES.href}`, SOURCE_PATCHES: JSON.stringify(absolute) }
}
