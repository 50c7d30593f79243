const FAILED = 1
const WRONG_COMMAND = 2

/**
 * Reads what a command of ours was called with, and does it. Exit code 0 when all is well, 1 when it is not, 2 with the
 * usage when the call is wrong.
 *
 * @param read throws Error with what is wrong and what is allowed
 * @param run answers whether all is well; throws Error with what is not
 */
export async function runCommand<Command>(
  read: (args: string[]) => Command,
  usage: string,
  run: (command: Command) => Promise<boolean>,
): Promise<void> {
  const command = readCommand(read, usage)
  try {
    if (command === null) process.exitCode = WRONG_COMMAND
    else if (!(await run(command.options))) process.exitCode = FAILED
  } catch (error) {
    console.error(explain(error))
    process.exitCode = FAILED
  }
}

function readCommand<Command>(
  read: (args: string[]) => Command,
  usage: string,
): { readonly options: Command } | null {
  try {
    return { options: read(process.argv.slice(2)) }
  } catch (error) {
    console.error(`${explain(error)}\n\n${usage}`)
    return null
  }
}

/** `fetch` says only that it failed; its cause says why. */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message
}
