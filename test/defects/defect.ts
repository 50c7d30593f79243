import type { SourcePatch } from '../testkit/patches/source-patch.ts'
import type { StackOptions } from '../testkit/stack.ts'
import type { Scene } from './scene.ts'

/** Of design.md, section 3; `always`: what must be so besides. */
export type BrokenRule = number | 'always'

/** Some lines of the product that are wrong in one run, and the rule that they break. */
export interface Defect {
  readonly rule: BrokenRule
  readonly name: string
  readonly patches: readonly SourcePatch[]
  /** Under which it may show instead. */
  readonly alsoTellsRule?: BrokenRule
  /** Of what the checker says. */
  readonly says: RegExp
}

/** A short run in which some defects show. Without any, the checker has nothing to say about it. */
export interface Scenario {
  readonly name: string
  readonly stack: StackOptions
  /** PostgreSQL unless given. */
  readonly queue?: 'Redis'
  run(scene: Scene): Promise<void>
  readonly defects: readonly Defect[]
}
