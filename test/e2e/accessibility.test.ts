import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { axeViolations } from './axe.ts'
import { useBrowser, visit, visitSignedOut } from './visit.ts'

useBrowser()

const WIDTHS = { wide: 1440, narrow: 390 }

describe.each(['light', 'dark'] as const)('%s', (colorScheme) => {
  describe.each(['wide', 'narrow'] as const)('%s', (width) => {
    const options = { colorScheme, viewport: { width: WIDTHS[width], height: 900 } }

    test('sign-in', () => visitSignedOut('/', (page) => inspect(page, 'API token'), options))
    test('fleet', () => visit('/', (page) => inspect(page, 'How to read the bars'), options))
    test('registering', () => visit('/?register=true', (page) => inspect(page, 'Endpoints'), options))
    test('volumes', () => visit('/volumes', (page) => inspect(page, 'Cluster'), options))
    test('creating', () => visit('/volumes?create=true', (page) => inspect(page, 'Unit'), options))
  })
})

test('the keyboard reaches the content at once, and a new page takes the focus to its heading', async () => {
  await visit('/', async (page) => {
    await page.getByRole('heading', { name: 'Fleet', level: 1 }).waitFor()
    await page.locator('body').press('Tab')
    expect(await focused(page)).toBe('A Skip to content')
    await page.getByRole('link', { name: 'Volumes' }).focus()
    await page.keyboard.press('Enter')
    await expect.poll(() => focused(page)).toBe('H1 Volumes')
    expect(await page.title()).toBe('Volumes · Flotilla')
  })
})

test('a dialog gives the focus back to what opened it', async () => {
  await visit('/volumes', async (page) => {
    await page.getByRole('button', { name: 'Create volume' }).press('Enter')
    await page.getByRole('dialog').waitFor()
    await page.keyboard.press('Escape')
    await expect.poll(() => focused(page)).toBe('BUTTON Create volume')
  })
})

/**
 * Holds the page against axe's rules and against the width of the window, once the labelled thing is there. A page that
 * is still being painted may break a rule for a moment; what counts is the page that stays.
 */
async function inspect(page: Page, label: string): Promise<void> {
  await page.getByLabel(label, { exact: true }).or(page.getByLabel(label)).first().waitFor()
  await expect.poll(() => axeViolations(page), { timeout: 5_000 }).toEqual([])
  const overhang = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
  expect(overhang).toBeLessThanOrEqual(0)
}

function focused(page: Page): Promise<string> {
  return page.evaluate(
    () => `${document.activeElement?.tagName} ${document.activeElement?.textContent.trim()}`,
  )
}
