import type { Scenario } from './defect.ts'
import { lostAnswers } from './scenarios/lost-answers.ts'

/** Every defect, by the run in which it shows. */
export const SCENARIOS: readonly Scenario[] = [lostAnswers]
