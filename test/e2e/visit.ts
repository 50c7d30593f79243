import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, inject } from 'vitest'
import { launchBrowser } from './launch-browser.ts'
import { openPage, signIn } from './open-page.ts'

let browser: Browser

/** To be called once in a file: its tests share one browser. */
export function useBrowser(): void {
  beforeAll(async () => {
    browser = await launchBrowser()
  })
  afterAll(() => browser?.close())
}

/** Opens the path in a fresh browser context without signing in, and judges the page's conduct at the end. */
export async function visitSignedOut(
  path: string,
  test: (page: Page) => Promise<void>,
  options?: BrowserContextOptions,
): Promise<void> {
  const { page, judge, close } = await openPage(browser, inject('url'), options)
  try {
    await page.goto(path)
    await test(page)
    judge()
  } finally {
    await close()
  }
}

/** Opens the path as an administrator. */
export async function visit(
  path: string,
  test: (page: Page) => Promise<void>,
  options?: BrowserContextOptions,
): Promise<void> {
  await visitSignedOut(
    path,
    async (page) => {
      await signIn(page, inject('token'))
      await test(page)
    },
    options,
  )
}
