import { defineConfig } from 'vitest/config'

/** Where .ci/run reads the counts. */
const resultsFile = process.env.VITEST_JSON

/** One run, one summary: unit tests beside the code, then what crosses packages. */
export default defineConfig({
  test: {
    reporters: resultsFile ? ['default', ['json', { outputFile: resultsFile }]] : ['default'],
    projects: [
      {
        test: {
          name: 'unit',
          include: [
            '{core,drivers,simulator,prisma,schema,server,workers,supervisor}/**/*.test.ts',
            'test/architecture.test.ts',
          ],
        },
      },
      {
        test: {
          name: 'conformance',
          include: ['test/conformance/**/*.test.ts'],
        },
      },
      {
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'web',
          include: ['web/**/*.test.{ts,tsx}'],
          environment: 'happy-dom',
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          globalSetup: 'test/e2e/start-stack.ts',
          fileParallelism: false,
        },
      },
    ],
  },
})
