import type { CrashPoint } from './crash-points.ts'
import type { SourcePatch } from './source-patch.ts'

/**
 * From this point on the process has a wrong wall clock, as after a bad time server; its monotonic one goes on as it did.
 *
 * @param offsetMs an expression of `elapsedMs`, the time since then: `elapsedMs < 5000 ? 600000 : -600000` jumps back
 */
export function shiftClockAt({ module, before }: CrashPoint, offsetMs: string): SourcePatch {
  const shift = `{
    const RealDate = Date
    const begin = performance.now()
    const now = () => { const elapsedMs = performance.now() - begin; return RealDate.now() + (${offsetMs}) }
    globalThis.Date = class extends RealDate {
      constructor(...given) { if (given.length === 0) super(now()); else super(...given) }
      static now() { return now() }
    }
  } `
  return { module, find: before, replace: shift + before }
}
