import { Program } from './program.ts'
import type { Stack } from './stack.ts'

/** A further worker on the stack's database, with settings of its own; whoever starts it stops it. */
export async function startWorker(
  { env }: Pick<Stack, 'env'>,
  own: Record<string, string> = {},
): Promise<Program> {
  const worker = new Program(new URL('../../workers/src/main.ts', import.meta.url), { ...env, ...own })
  await worker.start()
  return worker
}
