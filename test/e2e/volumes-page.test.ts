import { expect, test } from 'vitest'
import { useBrowser, visit } from './visit.ts'

useBrowser()

test('a volume is created, explained, grown and deleted', async () => {
  await visit('/volumes', async (page) => {
    await page.getByRole('button', { name: 'Create volume' }).click()
    const form = page.getByRole('dialog', { name: 'Create a volume' })
    await form.getByLabel('Name').fill('e2e-life')
    await form.getByLabel('Size').fill('100')
    await form.getByRole('button', { name: 'Create' }).click()

    const placed = page.getByRole('dialog', { name: 'Volume e2e-life' })
    const candidates = placed.getByRole('table', { name: 'Candidates' })
    await candidates.getByRole('row', { name: 'Chosen' }).waitFor()
    expect(await candidates.getByRole('rowheader').count()).toBeGreaterThanOrEqual(4)
    await candidates
      .getByText(/^0\.\d{4} ahead of the next$/)
      .first()
      .waitFor()
    await placed.getByText('Available', { exact: true }).nth(1).waitFor()
    await placed.getByRole('link', { name: 'Open the volume' }).click()

    await page.getByRole('heading', { name: 'e2e-life', level: 1 }).waitFor()
    await page.getByRole('button', { name: 'Resize' }).click()
    const resize = page.getByRole('dialog', { name: 'Resize e2e-life' })
    await resize.getByLabel('New size').fill('50')
    await resize.getByRole('button', { name: 'Resize' }).click()
    await resize.getByText('More than 100 GiB').waitFor()
    await resize.getByLabel('New size').fill('150')
    await resize.getByRole('button', { name: 'Resize' }).click()
    await resize.waitFor({ state: 'detached' })
    const size = page.getByRole('row', { name: /^Size/ }).getByTitle('161,061,273,600 bytes')
    await expect.poll(() => size.count()).toBe(2)

    await page.getByRole('button', { name: 'Delete' }).click()
    const confirm = page.getByRole('dialog', { name: 'Delete e2e-life' })
    expect(await confirm.getByRole('button', { name: 'Delete' }).isDisabled()).toBe(true)
    await confirm.getByLabel('Type e2e-life to confirm').fill('e2e-life')
    await confirm.getByRole('button', { name: 'Delete' }).click()
    await page.getByText('Deleted', { exact: true }).waitFor()
    await page.getByText('Delete volume').waitFor()

    await page.getByRole('link', { name: 'Volumes' }).first().click()
    await page.getByRole('heading', { name: 'Volumes', level: 1 }).waitFor()
    await page.getByRole('link', { name: 'e2e-life' }).waitFor({ state: 'detached' })
    await page.getByLabel('State').selectOption('Deleted')
    await page.getByRole('link', { name: 'e2e-life' }).waitFor()
  })
})

test('a volume that fits nowhere is refused with every candidate and its reason', async () => {
  await visit('/volumes?create=true', async (page) => {
    const form = page.getByRole('dialog', { name: 'Create a volume' })
    await form.getByLabel('Name').fill('e2e-giant')
    await form.getByLabel('Size').fill('500')
    await form.getByLabel('Unit').selectOption('TiB')
    await form.getByRole('button', { name: 'Create' }).click()
    await form.getByRole('alert').waitFor()
    const row = form.getByRole('row', { name: 'cluster-0001' })
    await row.getByText('Promised limit:').waitFor()
    await row.getByText(/allowed/).waitFor()
    await row.getByText(/^To pass: ask for at most .* TiB, delete .* of what is promised there/).waitFor()
    await page.setViewportSize({ width: 360, height: 740 })
    expect(await row.evaluate((element) => element.scrollWidth > element.clientWidth)).toBe(false)
  })
})

test('faults are shown at their fields, those that only the server knows too', async () => {
  await visit('/volumes?create=true', async (page) => {
    const form = page.getByRole('dialog', { name: 'Create a volume' })
    await form.getByLabel('Name').fill('not a name')
    await form.getByLabel('Size').fill('many')
    await form.getByRole('button', { name: 'Create' }).click()
    await form.getByText('Letters, digits').waitFor()
    await form.getByText('A number greater than zero').waitFor()

    await form.getByLabel('Name').fill('e2e-too-large')
    await form.getByLabel('Size').fill('2097152')
    await form.getByLabel('Unit').selectOption('TiB')
    await form.getByRole('button', { name: 'Create' }).click()
    await form.getByText(/too large. Allowed: 4096 bytes/).waitFor()
  })
})

test('filters are in the address', async () => {
  await visit('/volumes?q=e2e-nothing', async (page) => {
    await page.getByText('No volume matches these filters.').waitFor()
    expect(await page.getByRole('searchbox', { name: 'Name' }).inputValue()).toBe('e2e-nothing')
    await page.getByRole('button', { name: 'Clear filters' }).click()
    await expect.poll(() => new URL(page.url()).search).toBe('')
  })
})
