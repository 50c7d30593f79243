import { existsSync } from 'node:fs'
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

/** A real Chromium: the machine's own where there is one, else the one from the npm package. Throws when neither starts. */
export async function launchBrowser(): Promise<Browser> {
  const installed = INSTALLED.find((path) => existsSync(path))
  if (installed) return chromium.launch({ executablePath: installed, args: FLAGS })
  try {
    return await chromium.launch({
      executablePath: await sparticuz.executablePath(),
      args: [...sparticuz.args, ...FLAGS],
    })
  } catch (error) {
    throw new Error('no Chromium: neither an installed one nor that of @sparticuz/chromium starts', {
      cause: error,
    })
  }
}
