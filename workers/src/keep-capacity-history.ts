import { setTimeout as sleep } from 'node:timers/promises'
import { CAPACITY_RESOLUTIONS } from '@flotilla/core/capacity/resolution'
import { forgetSamples } from '@flotilla/prisma/capacity/forget-samples'
import { rollUpCapacity } from '@flotilla/prisma/capacity/roll-up-capacity'
import { sampleCapacity } from '@flotilla/prisma/capacity/sample-capacity'
import type pg from 'pg'

/** Between two steps, so that a large backlog is no load. */
const PAUSE_MS = 200

/** Samples what is new, and rolls up and forgets what is old in small steps; any number of workers may do so at once. */
export async function keepCapacityHistory(pool: pg.Pool, isClosing: () => boolean): Promise<void> {
  const untilDone = async (step: () => Promise<boolean>): Promise<void> => {
    while (!isClosing() && (await step())) await sleep(PAUSE_MS)
  }
  await sampleCapacity(pool)
  await untilDone(() => rollUpCapacity(pool, 'HOUR'))
  await untilDone(() => rollUpCapacity(pool, 'DAY'))
  for (const resolution of CAPACITY_RESOLUTIONS) await untilDone(() => forgetSamples(pool, resolution))
}
