import { configDefaults, defineConfig } from 'vitest/config'

/** Under vitest graphql would load twice, as a module and as CommonJS, and its `instanceof` checks would fail. */
const ONE_GRAPHQL = [{ find: /^graphql$/, replacement: 'graphql/index.js' }]

/** Eight servers at once, or two thousand requests: beside others they would starve each other. */
const RACES = ['test/integration/races.test.ts', 'test/integration/many-creates.test.ts']

/** One run, one summary: unit tests beside the code, then what crosses packages. */
export default defineConfig({
  test: {
    projects: [
      {
        resolve: { alias: ONE_GRAPHQL },
        test: {
          name: 'unit',
          include: [
            '{core,drivers,simulator,prisma,schema,server,workers,supervisor}/**/*.test.ts',
            'test/architecture.test.ts',
            'test/policy/**/*.test.ts',
            'test/{bench,chaos,drain,load,races,testkit,verify}/**/*.test.ts',
            'test/defects/scenarios.test.ts',
          ],
          // Many of them run on a database of their own, which a busy machine takes its time to start.
          testTimeout: 20_000,
          hookTimeout: 60_000,
          // The default leaves one of two cores idle.
          maxWorkers: 3,
          // A process for each file takes a minute and a half more: most files are through in a moment.
          isolate: false,
        },
      },
      {
        test: {
          name: 'conformance',
          include: ['test/conformance/**/*.test.ts'],
          maxWorkers: 3,
        },
      },
      {
        resolve: { alias: ONE_GRAPHQL },
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          exclude: [...configDefaults.exclude, ...RACES],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          // They mostly wait: for leases of killed workers, for polls, for time-outs.
          maxWorkers: 3,
        },
      },
      {
        resolve: { alias: ONE_GRAPHQL },
        test: {
          name: 'faults',
          include: ['test/faults/**/*.test.ts'],
          // They mostly wait, for states that take long to come on a busy machine.
          testTimeout: 240_000,
          hookTimeout: 300_000,
          maxWorkers: 3,
          // Rows that share a stack have clusters of their own.
          maxConcurrency: 8,
        },
      },
      {
        resolve: { alias: ONE_GRAPHQL },
        test: {
          name: 'races',
          include: RACES,
          testTimeout: 300_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
      {
        resolve: { alias: ONE_GRAPHQL },
        test: {
          name: 'model',
          include: ['test/model/**/*.test.ts'],
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
      {
        resolve: { alias: ONE_GRAPHQL },
        test: {
          name: 'defects',
          include: ['test/defects/defects.test.ts'],
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'deterministic',
          include: ['test/deterministic/**/*.test.ts'],
          testTimeout: 600_000,
          hookTimeout: 120_000,
          maxWorkers: 3,
          // Its seeds take every core there is.
          sequence: { groupOrder: 1 },
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
