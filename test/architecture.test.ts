import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Path from the root, with `/`, to text. */
type Sources = ReadonlyMap<string, string>

/** What a workspace may import of the others: by name, or by the beginning of the path that follows it. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  core: [],
  drivers: ['core'],
  prisma: ['core'],
  schema: ['core'],
  server: ['schema', 'prisma', 'core', 'workers/client'],
  workers: ['drivers', 'prisma', 'core'],
  supervisor: ['prisma/database/', 'core'],
  simulator: [],
  web: [],
  test: ['core', 'drivers', 'prisma', 'schema', 'server', 'workers', 'supervisor', 'simulator'],
}
const CORE_PACKAGES = ['zod', 'croner']
const TEST_PACKAGES = ['vitest', 'fast-check']
const MAX_LINES = 400
const LINES_FOR_A_REASON = 5

/** One entry for each fault found, beginning with the file. */
type Rule = (sources: Sources) => string[]

const rules: Readonly<Record<string, Rule>> = {
  'workspaces import only what stands below them': (sources) =>
    eachImport(sources, (path, imported) => {
      const [, workspace, rest] = /^@flotilla\/([^/]+)\/?(.*)$/.exec(imported) ?? []
      if (!workspace || workspace === workspaceOf(path)) return null
      const allowed = MAY_IMPORT[workspaceOf(path)] ?? []
      return allowed.some(
        (each) => each === workspace || `${workspace}/${rest}` === each || isBelow(each, workspace, rest),
      )
        ? null
        : `imports ${imported}`
    }),

  'nobody reaches into another workspace by a relative path': (sources) =>
    eachImport(sources, (path, imported) => {
      if (!imported.startsWith('.')) return null
      const target = posix.join(posix.dirname(path), imported)
      return workspaceOf(target) === workspaceOf(path) ? null : `imports ${imported}`
    }),

  'core imports nothing but zod and croner': (sources) =>
    eachImport(sources, (path, imported) => {
      if (workspaceOf(path) !== 'core' || imported.startsWith('.')) return null
      const allowed = isTest(path) ? [...CORE_PACKAGES, ...TEST_PACKAGES] : CORE_PACKAGES
      return allowed.includes(imported) ? null : `imports ${imported}`
    }),

  'process.env is read in env.ts only': (sources) =>
    eachFile(sources, (path, text) => {
      const isExcepted = isTest(path) || isConfig(path) || posix.basename(path) === 'env.ts'
      const reads = /\bprocess\s*(?:\?\.|\.|\[\s*['"`])\s*env\b|\benv\b[^;\n]*from 'node:process'/.test(text)
      return reads && !isExcepted ? 'reads process.env' : null
    }),

  'a file of more than 400 lines says at the top why': (sources) =>
    eachFile(sources, (_path, text) => {
      const lines = text.trimEnd().split('\n')
      const top = lines.slice(0, LINES_FOR_A_REASON).join('\n')
      const hasReason = /^\s*(?:\/\/|\/?\*).*\blines\b/m.test(top)
      return lines.length > MAX_LINES && !hasReason ? `has ${lines.length} lines` : null
    }),

  'exports have names': (sources) =>
    eachFile(sources, (path, text) =>
      !isConfig(path) && /^\s*export default\b|^\s*export\s*\{[^}]*\bas default\b/m.test(text)
        ? 'has a default export'
        : null,
    ),

  'no files import each other in a circle': (sources) => findCircles(importGraph(sources)),
}

const sources = readSources()

test('the sources are found', () => {
  expect(sources.size).toBeGreaterThan(200)
  expect(new Set([...sources.keys()].map(workspaceOf))).toEqual(new Set(['', ...Object.keys(MAY_IMPORT)]))
})

test.each(Object.entries(rules))('%s', (_name, rule) => {
  expect(rule(sources)).toEqual([])
})

test('the root manifest lists every workspace, and all of them exist', () => {
  const { workspaces } = readManifest('.')
  expect(workspaces?.toSorted()).toEqual(Object.keys(MAY_IMPORT).toSorted())
  for (const workspace of workspaces ?? []) {
    expect(readManifest(workspace).name).toBe(`@flotilla/${workspace}`)
  }
})

test.each(Object.entries(MAY_IMPORT))(
  'the manifest of %s names no workspace that it may not import',
  (workspace, allowed) => {
    const { dependencies, devDependencies } = readManifest(workspace)
    const names = Object.keys({ ...dependencies, ...devDependencies }).filter((name) =>
      name.startsWith('@flotilla/'),
    )
    const workspaces = names.map((name) => name.slice('@flotilla/'.length))
    expect(workspaces.filter((name) => !allowed.some((each) => each.split('/')[0] === name))).toEqual([])
  },
)

/** A rule that finds nothing might as well be blind: each is shown what it is there to find. */
test.each<[rule: string, path: string, text: string]>([
  [
    'workspaces import only what stands below them',
    'core/src/a.ts',
    `import { b } from '@flotilla/prisma/b'`,
  ],
  [
    'workspaces import only what stands below them',
    'schema/src/a.ts',
    `import type { b } from '@flotilla/prisma/b'`,
  ],
  [
    'workspaces import only what stands below them',
    'server/src/a.ts',
    `import { b } from '@flotilla/drivers/b'`,
  ],
  [
    'workspaces import only what stands below them',
    'server/src/a.ts',
    `import { b } from '@flotilla/workers/kit'`,
  ],
  [
    'workspaces import only what stands below them',
    'server/src/a.ts',
    `await import('@flotilla/workers/client-x')`,
  ],
  [
    'workspaces import only what stands below them',
    'workers/src/a.ts',
    `import { b } from '@flotilla/schema/b'`,
  ],
  [
    'workspaces import only what stands below them',
    'supervisor/src/a.ts',
    `import { b } from '@flotilla/prisma/polling/b'`,
  ],
  [
    'workspaces import only what stands below them',
    'simulator/src/a.ts',
    `import { b } from '@flotilla/core/b'`,
  ],
  ['workspaces import only what stands below them', 'web/src/a.tsx', `import '@flotilla/core/b'`],
  [
    'nobody reaches into another workspace by a relative path',
    'web/src/a.tsx',
    `import { b } from '../../core/src/b.ts'`,
  ],
  ['core imports nothing but zod and croner', 'core/src/a.ts', `import { readFileSync } from 'node:fs'`],
  ['core imports nothing but zod and croner', 'core/src/a.ts', `import fc from 'fast-check'`],
  ['core imports nothing but zod and croner', 'core/src/a.test.ts', `import pg from 'pg'`],
  ['process.env is read in env.ts only', 'server/src/a.ts', 'const port = process.env.PORT'],
  ['process.env is read in env.ts only', 'server/src/a.ts', `const port = process['env']`],
  ['process.env is read in env.ts only', 'server/src/a.ts', `import { env } from 'node:process'`],
  ['a file of more than 400 lines says at the top why', 'core/src/a.ts', 'x\n'.repeat(401)],
  ['exports have names', 'core/src/a.ts', 'export default function a() {}'],
  ['exports have names', 'core/src/a.ts', 'export { a as default }'],
])('the rule "%s" would notice: %s, %#', (rule, path, text) => {
  expect(rules[rule]?.(new Map([[path, text]]))).toHaveLength(1)
})

test('a circle is noticed, of two and of more', () => {
  const link = (from: string, to: string) =>
    [`core/src/${from}.ts`, `import type { x } from './${to}.ts'`] as const
  const findIn = (...links: (readonly [string, string])[]) =>
    rules['no files import each other in a circle']?.(new Map(links))
  expect(findIn(link('a', 'b'), link('b', 'a'))).toEqual(['core/src/a.ts -> core/src/b.ts -> core/src/a.ts'])
  expect(findIn(link('a', 'b'), link('b', 'c'), link('c', 'd'), link('d', 'b'))).toHaveLength(1)
  expect(findIn(link('a', 'b'), link('b', 'c'))).toEqual([])
})

function readSources(): Sources {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
  })
  const paths = listed.split('\n').filter((path) => /\.[cm]?[jt]sx?$/.test(path) && !path.endsWith('.d.ts'))
  const present = paths.filter((path) => existsSync(join(root, path)))
  return new Map(present.map((path) => [path, readFileSync(join(root, path), 'utf8')]))
}

interface Manifest {
  readonly name?: string
  readonly workspaces?: readonly string[]
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
}

function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'))
}

/** The first folder of a path; empty for a file of the root. */
function workspaceOf(path: string): string {
  return path.includes('/') ? (path.split('/')[0] ?? '') : ''
}

function isTest(path: string): boolean {
  return /\.test\.tsx?$/.test(path) || workspaceOf(path) === 'test'
}

function isConfig(path: string): boolean {
  return /\.config\.[cm]?ts$/.test(path)
}

function isBelow(allowed: string, workspace: string, rest: string | undefined): boolean {
  return allowed.endsWith('/') && `${workspace}/${rest}`.startsWith(allowed)
}

function importsOf(text: string): string[] {
  const statements = text.matchAll(
    /^\s*(?:import|export)\b[^'"`;]*?\bfrom\s*['"]([^'"]+)['"]|^\s*import\s*['"]([^'"]+)['"]/gm,
  )
  const calls = text.matchAll(/\bimport\(\s*['"]([^'"]+)['"]\s*\)/g)
  return [...statements, ...calls].map((match) => match[1] ?? match[2] ?? '')
}

function eachFile(files: Sources, check: (path: string, text: string) => string | null): string[] {
  return [...files].flatMap(([path, text]) => {
    const fault = check(path, text)
    return fault ? [`${path} ${fault}`] : []
  })
}

function eachImport(files: Sources, check: (path: string, imported: string) => string | null): string[] {
  return [...files].flatMap(([path, text]) =>
    importsOf(text).flatMap((imported) => {
      const fault = check(path, imported)
      return fault ? [`${path} ${fault}`] : []
    }),
  )
}

/** Files by what they import, across workspaces too. */
function importGraph(files: Sources): ReadonlyMap<string, readonly string[]> {
  const targetOf = (path: string, imported: string): string => {
    if (imported.startsWith('.')) return posix.join(posix.dirname(path), imported)
    return imported.replace(/^@flotilla\/([^/]+)\/(.*)$/, '$1/src/$2.ts')
  }
  return new Map(
    [...files].map(([path, text]) => [path, importsOf(text).map((imported) => targetOf(path, imported))]),
  )
}

function findCircles(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const circles: string[] = []
  const done = new Set<string>()
  const visit = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path)
    if (start >= 0) circles.push([...trail.slice(start), path].join(' -> '))
    if (start >= 0 || done.has(path)) return
    for (const target of graph.get(path) ?? []) visit(target, [...trail, path])
    done.add(path)
  }
  for (const path of graph.keys()) visit(path, [])
  return circles
}
