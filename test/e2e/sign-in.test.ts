import { expect, inject, test } from 'vitest'
import { signIn } from './open-page.ts'
import { useBrowser, visit, visitSignedOut } from './visit.ts'

useBrowser()

test('a wrong token is refused in words, the right one leads to where the address points', async () => {
  await visitSignedOut('/volumes?sort=size', async (page) => {
    await page.getByLabel('API token').fill('flo_wrong')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByText('This token is not accepted').waitFor()

    await signIn(page, inject('token'))
    await page.getByRole('heading', { name: 'Volumes', level: 1 }).waitFor()
    expect(new URL(page.url()).search).toBe('?sort=size')
  })
})

test('the session lives as long as the tab, and ends on request', async () => {
  await visit('/', async (page) => {
    await page.reload()
    await page.getByRole('heading', { name: 'Fleet', level: 1 }).waitFor()
    const otherTab = await page.context().newPage()
    await otherTab.goto('/')
    await otherTab.getByRole('heading', { name: 'Sign in' }).waitFor()

    await page.getByRole('button', { name: 'Account and appearance' }).click()
    await page.getByRole('menuitem', { name: 'Sign out' }).click()
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    await page.reload()
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
  })
})

test('remembered on the device, the session is there in another tab', async () => {
  await visitSignedOut('/', async (page) => {
    await page.getByLabel('Remember on this device').check()
    await signIn(page, inject('token'))
    const otherTab = await page.context().newPage()
    await otherTab.goto('/volumes')
    await otherTab.getByRole('heading', { name: 'Volumes', level: 1 }).waitFor()
  })
})

test('a session that has ended says so, and goes on at the same address', async () => {
  await visit('/?sort=ratio', async (page) => {
    await page.getByRole('table').waitFor()
    await page.route('**/graphql', (route) =>
      route.fulfill({
        status: 401,
        json: { errors: [{ message: 'expired', extensions: { code: 'UNAUTHENTICATED' } }] },
      }),
    )
    await page.getByRole('link', { name: 'Volumes' }).click()
    await page.getByText('The session has ended').waitFor()
    await page.unroute('**/graphql')
    await signIn(page, inject('token'))
    await page.getByRole('heading', { name: 'Volumes', level: 1 }).waitFor()
  })
})
