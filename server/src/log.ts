import { type Logger, pino } from 'pino'

/** One JSON object per line on standard output; what could carry a credential is cut out wherever it stands. */
export function createLog(level: string): Logger {
  return pino({
    name: 'server',
    level,
    redact: {
      paths: ['authorization', 'token', '*.authorization', '*.token', '*.*.authorization', '*.*.token'],
      censor: '[redacted]',
    },
  })
}
