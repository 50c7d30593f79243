import { existsSync, mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import sparticuz from '@sparticuz/chromium'
import { type Browser, chromium } from 'playwright-core'

const INSTALLED = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** Quiet and alone: no sandbox (tests run as root too), no traffic of the browser's own. */
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** The package unpacks its browser into the folder for temporary files; one of our own, since another user may have been there. */
const UNPACKED = fileURLToPath(new URL('../../.cache/browser', import.meta.url))

/** The package's own flag for short-lived functions: with it, closing one page ends the browser. */
const FOR_ONE_PAGE = '--single-process'

/** A real Chromium: the machine's own where there is one, else the one from the npm package. Throws when neither starts. */
export async function launchBrowser(): Promise<Browser> {
  const installed = INSTALLED.find((path) => existsSync(path))
  if (installed) return chromium.launch({ executablePath: installed, args: FLAGS })
  try {
    mkdirSync(UNPACKED, { recursive: true })
    process.env.TMPDIR = UNPACKED
    return await chromium.launch({
      executablePath: await sparticuz.executablePath(),
      args: [...sparticuz.args.filter((flag) => flag !== FOR_ONE_PAGE), ...FLAGS],
    })
  } catch (error) {
    throw new Error('no Chromium: neither an installed one nor that of @sparticuz/chromium starts', {
      cause: error,
    })
  }
}
