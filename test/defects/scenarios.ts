import type { Scenario } from './defect.ts'
import { behindOurBack } from './scenarios/behind-our-back.ts'
import { dataLife } from './scenarios/data-life.ts'
import { fullFleet, fullFleetPolled } from './scenarios/full-fleet.ts'
import { lostAnswers } from './scenarios/lost-answers.ts'
import { lostQueue } from './scenarios/lost-queue.ts'
import { redisQueue } from './scenarios/redis-queue.ts'
import { sickCluster } from './scenarios/sick-cluster.ts'
import { sickSnapshots } from './scenarios/sick-snapshots.ts'

/** Every defect, by the run in which it shows. */
export const SCENARIOS: readonly Scenario[] = [
  lostAnswers,
  fullFleet,
  fullFleetPolled,
  behindOurBack,
  dataLife,
  sickCluster,
  sickSnapshots,
  lostQueue,
  redisQueue,
]
