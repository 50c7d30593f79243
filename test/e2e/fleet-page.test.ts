import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { useBrowser, visit } from './visit.ts'

useBrowser()

test('shows every cluster with its figures, their age and what they add up to', async () => {
  await visit('/', async (page) => {
    await page.getByText('4 clusters · all connected').waitFor()
    const row = page.getByRole('row', { name: 'cluster-0001' })
    await row.getByText('Healthy').waitFor()
    await row
      .getByRole('img', { name: /^Used .* of 20\.0 TiB physical .* ratio .* of 1\.50× allowed$/ })
      .waitFor()
    await row.getByText(/^\d+ s ago$/).waitFor()

    const totals = page.getByRole('region', { name: 'Fleet totals' })
    await totals.getByText('150 TiB', { exact: true }).waitFor()
    await totals.getByTitle('164,926,744,166,400 bytes').waitFor()
    await totals.getByText(/Sum over 4 of 4 clusters/).waitFor()
    await page.getByLabel('Connection: Live').waitFor()
  })
})

test('order and filter are in the address, so a copied address shows the same', async () => {
  await visit('/', async (page) => {
    await page.getByRole('button', { name: 'Free' }).click()
    await page
      .getByRole('columnheader', { name: 'Free', exact: true })
      .and(page.locator('[aria-sort=ascending]'))
      .waitFor()
    const byFree = await clusterNames(page)
    expect(byFree[0]).toBe('cluster-0001')
    expect(byFree.at(-1)).toBe('cluster-0004')

    await page.getByLabel('Filter clusters by name or label').fill('0004')
    await expect.poll(() => clusterNames(page)).toEqual(['cluster-0004'])
    await page.reload()
    await expect.poll(() => clusterNames(page)).toEqual(['cluster-0004'])
  })
})

test('a cluster is cordoned and uncordoned from its row, and others see it live', async () => {
  await visit('/', async (page) => {
    const watcher = await page.context().browser()?.newPage()
    if (!watcher) throw new Error('no browser')
    const row = page.getByRole('row', { name: 'cluster-0002' })
    await row.getByRole('button', { name: 'Actions for cluster-0002' }).click()
    await page.getByRole('menuitem', { name: 'Cordon' }).click()
    await row.getByText('Cordoned').waitFor()
    await row.getByRole('button', { name: 'Actions for cluster-0002' }).click()
    await page.getByRole('menuitem', { name: 'Uncordon' }).click()
    await row.getByText('Cordoned').waitFor({ state: 'detached' })
    await watcher.close()
  })
})

test('a cluster that cannot be reached is registered and says what failed', async () => {
  await visit('/', async (page) => {
    await page.getByRole('button', { name: 'Register cluster' }).click()
    const dialog = page.getByRole('dialog', { name: 'Register a cluster' })
    await dialog.getByRole('button', { name: 'Register' }).click()
    await dialog.getByText('A cluster needs a name').waitFor()

    await dialog.getByLabel('Name').fill('unreachable')
    await dialog.getByLabel('Endpoints').fill('https://no-such-host.invalid')
    await dialog.getByRole('textbox', { name: 'Token' }).fill('some-token')
    await dialog.getByRole('button', { name: 'Register' }).click()
    await dialog.getByText('The host name could not be resolved').waitFor()
    await dialog.getByRole('button', { name: 'Done' }).click()

    const row = page.getByRole('row', { name: 'unreachable' })
    await row.getByText('Not observed yet').waitFor()
    await page.getByRole('row', { name: 'cluster-0001' }).getByText('Healthy').waitFor()
  })
})

function clusterNames(page: Page): Promise<string[]> {
  return page.getByRole('rowheader').locator('span:first-child').allTextContents()
}
