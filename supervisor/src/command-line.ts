import { parseArgs } from 'node:util'

/** The command line has a fault; the message says which. */
export class UsageError extends Error {
  override name = 'UsageError'
}

export const usage = `usage: npm start -- [--demo] [--help]

Starts Flotilla: PostgreSQL (unless DATABASE_URL names one), the API server with its web page, and the worker.

  --demo   also start a simulated fleet of 12 clusters and register it
  --help   show this text

Settings are environment variables (default in brackets):

  HOST                    address to listen on [127.0.0.1]
  PORT                    port to listen on [4000]
  FLOTILLA_HOME           folder for data, keys and the first admin token [.flotilla]
  DATABASE_URL            PostgreSQL 14 or newer [the embedded one]
  REDIS_URL               Redis or Valkey for queues and events [PostgreSQL]
  POLL_INTERVAL_MS        how often clusters are asked for their figures; less than 500 is as 500 [10000]
  INVENTORY_INTERVAL_MS   how often, at least, they are asked for all volumes [300000]
  LOG_LEVEL               trace, debug, info, warn, error or fatal [info]
  LOG_FORMAT              pretty or json [pretty]
  FLOTILLA_MASTER_KEY     32 bytes, base64, that seal credentials, the same on all hosts of a database; after a comma, former
                          ones that still open [made, in FLOTILLA_HOME/keys/master-key]
`

export interface CommandLine {
  demo: boolean
  help: boolean
}

/** Throws UsageError at an unknown option or argument. */
export function readCommandLine(args: string[]): CommandLine {
  try {
    const options = {
      demo: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    } as const
    return parseArgs({ args, options }).values
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : error}\n\n${usage}`)
  }
}
