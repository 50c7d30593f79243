import { faultCodesOf } from './fault-codes.ts'

/**
 * Connections lost or refused, too many of them, no space left, a statement that took too long, a standby that takes no writes; as
 * PostgreSQL, Node and Prisma number them.
 */
const CODES =
  /^(08\w{3}|53\w{3}|57014|57P0[123]|25006|E(CONNREFUSED|CONNRESET|PIPE|TIMEDOUT|HOSTUNREACH|NETUNREACH)|ENOTFOUND|EAI_AGAIN|P10(01|02|08|17)|P20(24|28))$/
/** What pg throws has no code. */
const MESSAGES =
  /^(Connection terminated|timeout exceeded when trying to connect|Query read timeout|Client has encountered a connection error|Client was closed)/

/** Whether the database could not be worked with just now. What was under way may have been committed. */
export function isDatabaseAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if (faultCodesOf(error).some((code) => CODES.test(code))) return true
  if (MESSAGES.test(error.message)) return true
  if (error instanceof AggregateError && error.errors.some(isDatabaseAway)) return true
  return isDatabaseAway(error.cause)
}
