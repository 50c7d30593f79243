import type { SourcePatch } from '../testkit/patches/source-patch.ts'
import type { Stack, StackOptions } from '../testkit/stack.ts'

/** A line of the product that is wrong in one run, and the rule of design.md, section 3, that it breaks. */
export interface Defect {
  readonly rule: number
  readonly name: string
  readonly patches: readonly SourcePatch[]
}

/** A short run in which some defects show. Without any, the checker has nothing to say about it. */
export interface Scenario {
  readonly name: string
  readonly stack: StackOptions
  run(stack: Stack): Promise<void>
  readonly defects: readonly Defect[]
}
