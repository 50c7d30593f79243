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

test('a cluster is cordoned and uncordoned from its row, and others see it as it happens', async () => {
  await visit('/', async (page) => {
    await visit('/', async (elsewhere) => {
      await elsewhere.getByLabel('Connection: Live').waitFor()
      const mark = elsewhere.getByRole('row', { name: 'cluster-0002' }).getByText('Cordoned')
      await page.getByRole('button', { name: 'Actions for cluster-0002' }).click()
      await page.getByRole('menuitem', { name: 'Cordon' }).click()
      await mark.waitFor()
      await page.getByRole('button', { name: 'Actions for cluster-0002' }).click()
      await page.getByRole('menuitem', { name: 'Uncordon' }).click()
      await mark.waitFor({ state: 'detached' })
    })
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

test('a failure is said in words, and trying again mends it', async () => {
  await visit('/volumes', async (page) => {
    await page.route('**/graphql', (route) => {
      const isFleet = route.request().postDataJSON().operationName === 'Fleet'
      const fault = { message: 'the database is away', extensions: { code: 'INTERNAL', requestId: 'r-1' } }
      return isFleet ? route.fulfill({ json: { errors: [fault] } }) : route.continue()
    })
    await page.goto('/')
    await page.getByRole('alert').getByText('the database is away (request r-1)').waitFor()
    await page.unroute('**/graphql')
    await page.getByRole('button', { name: 'Try again' }).click()
    await page.getByRole('row', { name: 'cluster-0001' }).waitFor()
    await page.getByRole('alert').waitFor({ state: 'detached' })
  })
})

function clusterNames(page: Page): Promise<string[]> {
  return page.getByRole('rowheader').locator('span:first-child').allTextContents()
}
