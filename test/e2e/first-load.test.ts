import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { useBrowser, visitSignedOut } from './visit.ts'

useBrowser()

const BUDGET_BYTES = 230 * 1024

test('the first page needs little script', async () => {
  const scripts: Promise<Buffer>[] = []
  await visitSignedOut('/', async (page) => {
    page.on('response', (response) => {
      if (response.url().endsWith('.js')) scripts.push(response.body())
    })
    await page.reload()
    await page.getByLabel('API token').waitFor()
    const sizes = (await Promise.all(scripts)).map((script) => gzipSync(script).length)
    expect(sizes.length).toBeGreaterThan(0)
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(BUDGET_BYTES)
  })
})
