import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { NO_BROWSER, startBrowser } from '../browser.ts'
import { API_KEY, startYard, type Yard } from '../harness.ts'
import { N8n, OWNER } from './n8n.ts'

const TYPE = 'n8n-nodes-keitaro.keitaro'
/** Pictures of what is seen go into this folder, those of the package's README among them. */
const PICTURES = process.env.N8N_PICTURES ?? ''

describe('in the editor of n8n', { skip: NO_BROWSER }, () => {
  let n8n: N8n
  let yard: Yard
  let browser: Browser
  let page: Page
  let workflowId = ''
  before(async () => {
    yard = await startYard()
    n8n = await N8n.start()
    for (const name of ['Nutra Germany', 'Sweepstakes US', 'VPN Latam'])
      await yard.api('POST', '/campaigns', { name, alias: name.replace(' ', '-').toLowerCase() })
    workflowId = await prepare(n8n, await n8n.credential(yard.base.href, API_KEY))
    browser = await startBrowser()
    page = await browser.newPage({ viewport: { width: 1280, height: 800 } })
    page.setDefaultTimeout(60_000)
    await page.goto(n8n.base)
    await page.fill('input[type=email]', OWNER.email)
    await page.fill('input[type=password]', OWNER.password)
    await page.keyboard.press('Enter')
    await page.waitForURL(/home|workflow/)
  })
  after(async () => {
    await browser?.close()
    await n8n?.stop()
    await yard?.dispose()
  })

  const show = async (): Promise<void> => {
    await page.goto(`${n8n.base}/workflow/${workflowId}`)
    await page.waitForSelector('[data-test-id="canvas-node"]')
  }
  const open = async (name: string): Promise<void> => {
    await show()
    await page.dblclick(`[data-node-name="${name}"]`)
    await page.waitForSelector('[data-test-id="ndv-modal"], [data-test-id="ndv"]')
  }
  const picture = async (name: string): Promise<void> => {
    if (PICTURES === '') return
    mkdirSync(PICTURES, { recursive: true })
    // What moves has come to rest.
    await page.waitForTimeout(1500)
    await page.screenshot({ path: join(PICTURES, `${name}.png`) })
  }
  const seen = (text: string | RegExp): Promise<void> => page.getByText(text).first().waitFor()

  it('the node is found, with its actions', async () => {
    await show()
    await page.click('[data-test-id="node-creator-plus-button"]')
    await page.keyboard.type('keitaro', { delay: 50 })
    await seen('Keitaro Postback')
    await picture('find')
    await page
      .locator('[data-test-id="node-creator-item-name"]', { hasText: /^Keitaro$/ })
      .first()
      .click()
    await seen(/^Actions \(1\d\d\)$/)
    await picture('actions')
  })

  it('a run shows a row for each record', async () => {
    await open('Campaigns')
    await page.getByText('Execute step').first().click()
    await seen('Node executed successfully')
    await page.getByRole('cell', { name: 'Sweepstakes US' }).first().waitFor()
    await page.getByText('Node executed successfully').waitFor({ state: 'hidden' })
    await picture('get-many')
  })

  it('a record is chosen from a list, and fields of the step before are known', async () => {
    await open('Update Costs')
    await seen('uniqueness_method')
    await page.getByPlaceholder('Select campaign...').first().click()
    await seen('Sweepstakes US')
    await picture('update-costs')
  })

  it('a refusal is shown in the words of the tracker, with how to go on', async () => {
    await open('Unknown')
    await page.getByText('Execute step').first().click()
    await seen('There is no campaign 999.')
    await seen(/Check the ID/)
    await picture('refusal')
  })

  it('triggers say what they wait for', async () => {
    await open('Conversions')
    await seen('Look Back (Days)')
    await picture('trigger')
    await open('Postback')
    await seen(/registered with the tracker when the workflow is activated/)
    await picture('postback-trigger')
  })

  it('the credential is tested, and a wrong key explained', async () => {
    await open('Campaigns')
    await page.click('[data-test-id="credential-edit-button"]')
    await seen('Connection tested successfully')
    await picture('credential')
    await page.locator('input[type=password]').last().fill('a-wrong-key-0123456789')
    await page.getByRole('button', { name: 'Save' }).first().click()
    await seen(/Couldn.t connect with these settings/)
    await page.getByText('More details').click()
    await seen(/A valid API key is needed/)
    await picture('credential-refused')
  })

  it('icons have a dark variant', async () => {
    await page.evaluate("localStorage.setItem('N8N_THEME', 'dark')")
    await show()
    const icon = page.locator('[data-test-id="canvas-node"] img[src*="keitaro.dark.svg"]').first()
    await icon.waitFor()
    await picture('dark')
    await open('Report')
    await seen('Return All')
    await picture('dark-report')
  })
})

/** A workflow with the nodes that are looked at. */
async function prepare(n8n: N8n, credentials: object): Promise<string> {
  const node = (name: string, resource: string, operation: string, more: object = {}) => ({
    name,
    type: TYPE,
    credentials,
    parameters: { resource, operation, ...more },
  })
  const { id } = await n8n.workflow(
    [
      { name: 'Start', type: 'n8n-nodes-base.manualTrigger', parameters: {} },
      node('Campaigns', 'campaign', 'getAll'),
      node('Update Costs', 'campaign', 'updateCosts'),
      node('Report', 'report', 'build', { options: { interval: '7_days_ago', grouping: 'campaign' } }),
      node('Unknown', 'campaign', 'get', { campaignId: { __rl: true, mode: 'id', value: '999' } }),
      { name: 'Conversions', type: `${TYPE}Trigger`, credentials, parameters: { filterBy: { statuses: 'sale' } } },
      { name: 'Postback', type: 'n8n-nodes-keitaro.keitaroPostbackTrigger', credentials, parameters: {} },
    ],
    {
      Start: { main: [[{ node: 'Campaigns', type: 'main', index: 0 }]] },
      Campaigns: { main: [[{ node: 'Update Costs', type: 'main', index: 0 }]] },
    },
  )
  return id
}
