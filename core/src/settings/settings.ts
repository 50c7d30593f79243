import { z } from 'zod'
import { parseRatio } from '../units/ratio.ts'
import { type MasterKeys, parseMasterKeys } from './master-keys.ts'

/** The environment has faults; the message lists all of them. */
export class SettingsError extends Error {
  override name = 'SettingsError'
}

const intervalMs = (fallback: number) =>
  z
    .string()
    .regex(/^\d+$/)
    .transform(Number)
    .pipe(z.number().min(100).max(86_400_000))
    .default(fallback)
    .describe('whole milliseconds, 100 to 86400000')

const days = (fallback: number) =>
  z
    .string()
    .regex(/^\d+$/)
    .transform(Number)
    .pipe(z.number().min(1).max(36_500))
    .default(fallback)
    .describe('whole days, 1 to 36500')

const share = (fallback: string) =>
  z
    .string()
    .regex(/^(0(\.\d{1,6})?|1(\.0{1,6})?)$/)
    .default(fallback)
    .transform((text) => parseRatio(text) ?? { numerator: 0n, denominator: 1n })
    .describe('a decimal from 0 to 1, with at most six places: 0.9')

const url = (...protocols: string[]) =>
  z
    .string()
    .refine((text) => URL.canParse(text) && protocols.includes(new URL(text).protocol))
    .optional()
    .describe(`an address that starts with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`)

/** Each setting with what is allowed, in the words of the message for a wrong one. */
const settingsSchema = z.object({
  HOST: z.string().default('127.0.0.1').describe('an address of this machine to listen on'),
  PORT: z
    .string()
    .regex(/^\d+$/)
    .transform(Number)
    .pipe(z.number().max(65_535))
    .default(4000)
    .describe('a TCP port, 0 to 65535 (0: any free one)'),
  FLOTILLA_HOME: z.string().default('.flotilla').describe('a folder for data and keys'),
  DATABASE_URL: url('postgresql:', 'postgres:'),
  REDIS_URL: url('redis:', 'rediss:'),
  POLL_INTERVAL_MS: intervalMs(10_000),
  INVENTORY_INTERVAL_MS: intervalMs(300_000),
  DECISION_DETAILS_KEPT_DAYS: days(30),
  ALERT_PROMISED_SHARE: share('0.9'),
  ALERT_WRITTEN_SHARE: share('0.9'),
  ALERT_HYSTERESIS: share('0.05'),
  ALERT_FORECAST_DAYS: days(30),
  ALERT_TOKEN_EXPIRY_DAYS: days(14),
  ALERT_CLEAR_AFTER_MS: intervalMs(60_000),
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal'])
    .default('info')
    .describe('trace, debug, info, warn, error or fatal'),
  ALLOWED_ORIGINS: z
    .string()
    .transform((list) => list.split(',').filter(Boolean))
    .pipe(z.array(z.url()))
    .default([])
    .describe('addresses of pages besides our own that may open WebSockets, separated by commas'),
  LOG_FORMAT: z.enum(['pretty', 'json']).default('pretty').describe('pretty or json'),
  FLOTILLA_MASTER_KEY: z
    .string()
    .transform(parseMasterKeys)
    .pipe(z.custom<MasterKeys>((keys) => keys !== null))
    .optional()
    .describe(
      '32 random bytes in base64, or several such keys separated by commas: the first seals, all open',
    ),
})

export type Settings = z.infer<typeof settingsSchema>

/** What a server or worker cannot do without; the supervisor fills it in for those it starts. */
export type ProcessSettings = Settings & Required<Pick<Settings, 'DATABASE_URL' | 'FLOTILLA_MASTER_KEY'>>

/** Of an environment. */
export type Variables = Record<string, string | undefined>

/** Their values stay out of messages. */
const secrets = ['DATABASE_URL', 'REDIS_URL', 'FLOTILLA_MASTER_KEY']

/**
 * Reads the settings from environment variables; an empty one counts as absent. Throws SettingsError with every
 * fault at once: a value that is not allowed, or a name that begins with FLOTILLA_ and means nothing.
 */
export function readSettings(variables: Variables): Settings {
  return read(settingsSchema, variables)
}

/** The same for a server or worker process. */
export function readProcessSettings(variables: Variables): ProcessSettings {
  return read(settingsSchema.required({ DATABASE_URL: true, FLOTILLA_MASTER_KEY: true }), variables)
}

function read<Schema extends z.ZodType<Settings>>(schema: Schema, variables: Variables): z.output<Schema> {
  const given = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ''))
  const parsed = schema.safeParse(given)
  const faults = [...unknownNames(given), ...(parsed.error?.issues ?? []).map((issue) => fault(issue, given))]
  if (parsed.success && faults.length === 0) return parsed.data
  const unique = [...new Set(faults)]
  throw new SettingsError(['the environment has faults:', ...unique.map((line) => `  ${line}`)].join('\n'))
}

function unknownNames(given: Variables): string[] {
  const known = Object.keys(settingsSchema.shape)
  return Object.keys(given)
    .filter((name) => name.startsWith('FLOTILLA_') && !known.includes(name))
    .map(
      (name) =>
        `${name}: no such setting; there are ${known.filter((other) => other.startsWith('FLOTILLA_')).join(', ')}`,
    )
}

function fault(issue: z.core.$ZodIssue, given: Variables): string {
  const name = String(issue.path[0])
  const allowed = Object.entries(settingsSchema.shape).find(([key]) => key === name)?.[1].description
  const value = secrets.includes(name) ? 'its value' : JSON.stringify(given[name])
  return `${name}: ${value} is not allowed; allowed is ${allowed}`
}
