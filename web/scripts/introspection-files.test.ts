// @vitest-environment node
import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { introspectionFiles } from './introspection-files.ts'

test('the generated files are up to date with schema/schema.graphql (else: npm run generate -w web)', async () => {
  const sdl = await readFile(new URL('../../schema/schema.graphql', import.meta.url), 'utf8')
  for (const [path, content] of introspectionFiles(sdl)) {
    expect(await readFile(new URL(`../${path}`, import.meta.url), 'utf8'), path).toBe(content)
  }
})
