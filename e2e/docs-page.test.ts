import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { it } from 'node:test'
import { chromium } from 'playwright-core'
import { openTestBackend, TEST_KEY } from '../packages/server/src/backend/testing.ts'

const CHROMIUM = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium'
/** Without them Chromium calls home. */
const ALONE = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking']

it('the documentation page opens with a key, tries a call and needs nobody else', {
  skip: existsSync(CHROMIUM) ? false : `no browser at ${CHROMIUM}`,
}, async () => {
  const backend = await openTestBackend()
  await backend.create('campaigns', { name: 'Spring', alias: 'spring' })
  const address = await backend.app.listen({ port: 0, host: '127.0.0.1' })
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ALONE })
  try {
    const page = await browser.newPage()
    const complaints: string[] = []
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(message.text())
    })
    page.on('pageerror', (error) => complaints.push(String(error)))
    page.on('request', (request) => {
      if (!request.url().startsWith(address) && !request.url().startsWith('data:')) complaints.push(request.url())
    })
    await page.goto(`${address}/admin_api/v1/docs`)
    await page.fill('#key', TEST_KEY)
    await page.click('#entrance button')
    await page.click('[id="operations-tag-campaigns"] button.expand-operation')
    await page.click('.opblock .opblock-summary-control')
    await page.click('.execute')
    await page.waitForSelector('.live-responses-table')
    assert.match((await page.textContent('.live-responses-table')) ?? '', /"alias": "spring"/)
    assert.deepEqual(complaints, [])
  } finally {
    await browser.close()
    await backend.close()
  }
})
