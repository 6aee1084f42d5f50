import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { toLine } from '../../stores/events/line.ts'
import { openTestBackend, TEST_NOW_MS, type TestBackend } from '../testing.ts'

let backend: TestBackend
let key = ''
before(async () => {
  backend = await openTestBackend()
  await backend.create('campaigns', { alias: 'why', name: 'Why' })
  for (const name of ['Fixed', 'Good']) await backend.create('offers', { name, url: 'https://tea.example/' })
  await backend.create('landing_pages', { name: 'Story', url: 'https://story.example/' })
  const dead = { offers: [{ offer_id: 1 }], landings: [{ landing_id: 1 }] }
  await backend.create('streams', { campaign_id: 1, name: 'Dead', ...dead })
  await backend.create('streams', { campaign_id: 1, name: 'Straight', ...dead, offers: [{ offer_id: 2 }] })
  await backend.create('streams', { campaign_id: 1, name: 'Bare' })
  await backend.create('streams', { campaign_id: 1, name: 'No URL', schema: 'redirect' })
  await backend.call('DELETE', '/offers/1')
  await backend.call('PUT', '/landing_pages/1', { state: 'disabled' })
  const access_data = { campaigns_access_type: 'full_access' }
  const user = await backend.create('users', { login: 'ann', type: 'USER', password: 'a long password', access_data })
  key = (await backend.create(`users/${user.id}/api_keys`, { name: 'k' })).key
})
after(() => backend.close())

let clicks = 0
async function explain(more: Record<string, string | number>, asAnn = false) {
  const subId = `${TEST_NOW_MS.toString(36).padStart(8, '0')}${String(++clicks).padStart(9, '0')}`
  const click = { sub_id: subId, datetime: TEST_NOW_MS + 1000, campaign_id: 1, visitor_code: 'v1', ...more }
  await backend.events.insertLines('clicks', [toLine('clicks', click, clicks)], 'm')
  const headers = asAnn ? { 'api-key': key } : {}
  const { status, body } = await backend.call('GET', `/clicks/${subId}/explain`, undefined, { headers })
  assert.equal(status, 200, JSON.stringify(body))
  return { reason: String(body.streams[0].reason), summary: String(body.summary) }
}

describe('what was off is told by name', () => {
  const off = 'landing page 1 (Story) is disabled; offer 1 (Fixed) is archived'

  it('where nothing was left to show', async () => {
    const { reason, summary } = await explain({ trace: '1-' })
    assert.equal(reason, `Its filters said yes, but it had nothing to show: ${off}.`)
    assert.match(summary, /had nothing to show: landing page 1 \(Story\) is disabled; offer 1 \(Fixed\) is archived\./)
  })
  it('where visitors went straight to the offer', async () => {
    const { reason, summary } = await explain({
      ...{ trace: '2=', stream_id: 2, offer_id: 2, destination: 'https://tea.example/' },
    })
    assert.match(
      reason,
      /^It was chosen\. Passed over: landing page 1 \(Story\) is disabled\. .*straight to the offer\./,
    )
    assert.match(summary, /No landing page was shown: landing page 1 \(Story\) is disabled\.$/)
  })
  it('where there was nothing to begin with', async () => {
    assert.match((await explain({ trace: '3-' })).reason, /it names no landing page and no offer\.$/)
    assert.match((await explain({ trace: '4-' })).reason, /its URL is empty\.$/)
  })
  it('but not to who may not see it', async () => {
    const { reason, summary } = await explain({ trace: '1-' }, true)
    assert.doesNotMatch(`${reason} ${summary}`, /Fixed|Story|offer 1|landing page 1/)
    assert.match(reason, /every landing page and offer was off/)
  })
  it('nor when it was changed after the click', async () => {
    const { reason } = await explain({ trace: '1-', datetime: TEST_NOW_MS - 1000 })
    assert.match(reason, /every landing page and offer was off/)
  })
})
