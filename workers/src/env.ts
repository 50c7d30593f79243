import { z } from 'zod'

const milliseconds = z.coerce.number().int().min(100)

const schema = z.object({
  DATABASE_URL: z.url(),
  REDIS_URL: z.url().optional(),
  FLOTILLA_MASTER_KEY: z.string().min(1),
  POLL_INTERVAL_MS: milliseconds.default(10_000),
  INVENTORY_INTERVAL_MS: milliseconds.default(300_000),
  LOG_LEVEL: z.string().default('info'),
})

/** The worker's settings; `npm start` fills them in. Throws with every fault at once. */
export function readEnv(): z.infer<typeof schema> {
  const parsed = schema.safeParse(process.env)
  if (parsed.success) return parsed.data
  throw new Error(`the environment has faults:\n${z.prettifyError(parsed.error)}`)
}
