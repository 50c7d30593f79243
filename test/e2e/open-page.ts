import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { expect } from 'vitest'

export interface WatchedPage {
  readonly page: Page
  /** Fails when the page spoke to another host or reported an error. */
  readonly judge: () => void
  readonly close: () => Promise<void>
}

/** Longer than anything takes on a busy machine; a test that waits for it has failed. */
const WAIT_MS = 30_000

/** What the browser itself says about an answer that a test provoked. */
const PROVOKED = /the server responded with a status of 401/

/** A fresh browser context whose traffic and console are watched. */
export async function openPage(
  browser: Browser,
  url: string,
  options?: BrowserContextOptions,
): Promise<WatchedPage> {
  const context = await browser.newContext({ baseURL: url, reducedMotion: 'reduce', ...options })
  context.setDefaultTimeout(WAIT_MS)
  const page = await context.newPage()
  const hosts = new Set<string>()
  const faults: string[] = []
  page.on('request', (request) => hosts.add(new URL(request.url()).host))
  page.on('websocket', (socket) => hosts.add(new URL(socket.url()).host))
  page.on('pageerror', (error) => faults.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error' && !PROVOKED.test(message.text())) faults.push(message.text())
  })

  return {
    page,
    judge() {
      expect([...hosts]).toEqual([new URL(url).host])
      expect(faults).toEqual([])
    },
    close: () => context.close(),
  }
}

/** Signs in from whatever page asked for it. */
export async function signIn(page: Page, token: string): Promise<void> {
  await page.getByLabel('API token').fill(token)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('navigation', { name: 'Main' }).waitFor()
}
