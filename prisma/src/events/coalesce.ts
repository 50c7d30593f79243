/** Runs `send` for each call, but at most once at a time: calls made while it runs become one more run. */
export function coalesce(send: () => Promise<unknown>): () => void {
  let running = false
  let again = false
  const run = async (): Promise<void> => {
    running = true
    do {
      again = false
      await send().catch(() => {})
    } while (again)
    running = false
  }
  return () => {
    if (running) again = true
    else void run()
  }
}
