import { spawn } from 'node:child_process'
import { existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { environment } from './env.ts'

/** What the page is made of, in its folder. */
const sources = ['src', 'public', 'index.html', 'vite.config.ts', 'package.json', '../schema/schema.graphql']

interface BuildOptions {
  webFolder: string
  log: (line: string) => void
  signal: AbortSignal
}

/** How much of a failed build's output is of use. */
const outputLines = 12

/**
 * Builds the web page unless it is there and newer than every source; a few seconds. It is built elsewhere and put
 * in place when complete, so that an interrupted build leaves nothing half done. Throws with the tool's output.
 */
export async function buildWeb({ webFolder, log, signal }: BuildOptions): Promise<void> {
  const target = join(webFolder, 'dist')
  const page = join(target, 'index.html')
  if (
    existsSync(page) &&
    changedAt(page) >= Math.max(...sources.map((path) => changedAt(join(webFolder, path))))
  )
    return
  log('building the web page (only after a change, about 5 s)')
  const draft = join(webFolder, '.cache', 'dist')
  rmSync(draft, { recursive: true, force: true })
  await runBuild(webFolder, draft, signal)
  rmSync(target, { recursive: true, force: true })
  renameSync(draft, target)
}

/** When a file, or the newest file below a folder, was written last; 0 when there is none. */
function changedAt(path: string): number {
  if (!existsSync(path)) return 0
  const stat = statSync(path)
  if (!stat.isDirectory()) return stat.mtimeMs
  return Math.max(0, ...readdirSync(path).map((name) => changedAt(join(path, name))))
}

async function runBuild(webFolder: string, outputFolder: string, signal: AbortSignal): Promise<void> {
  const args = ['run', 'build', '--silent', '--', '--outDir', outputFolder, '--logLevel', 'warn']
  const env = { ...environment, NO_COLOR: '1', FORCE_COLOR: undefined }
  const build = spawn('npm', args, { cwd: webFolder, env, signal, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [build.stdout, build.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk
    })
  }
  const outcome = await new Promise<string | number>((resolve) => {
    build.once('error', (error) => resolve(error.message))
    build.once('close', (code, signal) => resolve(code ?? `${signal}`))
  })
  const excerpt = output.trim().split('\n').slice(0, outputLines).join('\n')
  if (outcome !== 0) throw new Error(`the web page could not be built (${outcome}): ${excerpt}`)
}
