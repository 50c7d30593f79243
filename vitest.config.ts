import { defineConfig } from 'vitest/config'

/** One run, one summary: unit tests beside the code, then what crosses packages. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{core,drivers,simulator,prisma,schema,server,workers,supervisor}/**/*.test.ts', 'test/architecture.test.ts'],
        },
      },
      {
        test: {
          name: 'conformance',
          include: ['test/conformance/**/*.test.ts'],
        },
      },
    ],
  },
})
