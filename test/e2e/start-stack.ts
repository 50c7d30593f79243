import { existsSync } from 'node:fs'
import type { TestProject } from 'vitest/node'
import { type Stack, startStack } from '../testkit/stack.ts'

const TIB = 1n << 40n

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the product under test is, and an administrator's token. */
    readonly url: string
    readonly token: string
  }
}

let stack: Stack | undefined

/** One product for all browser tests: four clusters of different sizes, half of their storage promised. */
export async function setup({ provide }: TestProject): Promise<void> {
  if (!existsSync(new URL('../../web/dist/index.html', import.meta.url))) {
    throw new Error('the web page is not built: npm run build -w web')
  }
  stack = await startStack({
    fleet: {
      clusters: 4,
      capacity: { kind: 'list', bytes: [20n * TIB, 40n * TIB, 30n * TIB, 60n * TIB] },
      prefillRatio: 0.5,
      volumesPerCluster: 8,
      delays: { createMs: 400 },
    },
    pollIntervalMs: 500,
  })
  provide('url', stack.api.url)
  provide('token', stack.api.token)
}

export async function teardown(): Promise<void> {
  await stack?.close()
}
