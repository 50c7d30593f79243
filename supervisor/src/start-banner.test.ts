import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openHomeFolder } from './home-folder.ts'
import { startBanner } from './start-banner.ts'

function banner(tokenFile: string | null): string {
  const folder = mkdtempSync(join(tmpdir(), 'flotilla-banner-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const home = openHomeFolder(folder)
  return startBanner({ url: 'http://0.0.0.0:4000', home, tokenFile, demo: false, tookMs: 1_234 }).join('\n')
}

test('it says where the page is and where a token lies', () => {
  expect(banner('/srv/admin-token-1')).toMatch(
    /page +http:\/\/127\.0\.0\.1:4000\/\n(.|\n)* admin token +\/srv\/admin-token-1\n/,
  )
})

test('where no token is accepted it names no file, but says how to get one', () => {
  expect(banner(null)).toMatch(/admin token +none of \S+ is accepted here; "npm run token" makes one\n/)
})
