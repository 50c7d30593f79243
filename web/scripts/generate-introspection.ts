import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { introspectionFiles } from './introspection-files.ts'

/** Brings the generated files up to date with `schema/schema.graphql`; writes only what differs. */
const sdl = await readFile(new URL('../../schema/schema.graphql', import.meta.url), 'utf8')

for (const [path, content] of introspectionFiles(sdl)) {
  const url = new URL(`../${path}`, import.meta.url)
  const present = await readFile(url, 'utf8').catch(() => undefined)
  if (present === content) continue
  await mkdir(dirname(fileURLToPath(url)), { recursive: true })
  await writeFile(url, content)
  console.log(`wrote web/${path}`)
}
