import { expect, it } from 'vitest'
import { patchedEnv } from '../testkit/patches/source-patch.ts'
import { SCENARIOS } from './scenarios.ts'

/** Of design.md, section 3. */
const RULES = 13

it('has a defect for each rule, and every line that is replaced is there', () => {
  const defects = SCENARIOS.flatMap((scenario) => scenario.defects)
  for (const { patches } of defects) patchedEnv(patches)
  const numbers = defects.flatMap(({ rule }) => (rule === 'always' ? [] : [rule]))
  const rules = [...new Set(numbers)].sort((a, b) => a - b)
  expect(rules).toEqual(Array.from({ length: RULES }, (_, index) => index + 1))
})
