import { z } from 'zod'
import type { JobDefinition } from '../kit.ts'

/** Finds what is not at rest and that nobody works on, and trims the event log. */
export const fleetSweep: JobDefinition<Record<string, never>> = {
  name: 'fleet.sweep',
  payload: z.object({}).strict(),
  concurrency: 1,
}
