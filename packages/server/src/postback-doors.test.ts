import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { openTestTracker, type TestTracker } from './test-tracker.ts'

/** What the API is told must reach the tracker with the snapshot, and what the tracker makes of it must be in the spool. */
describe('the addresses of postbacks', () => {
  let tracker: TestTracker
  let campaign: { id: number; token: string }
  before(async () => {
    tracker = await openTestTracker()
    campaign = await tracker.create('campaigns', { name: 'C', alias: 'c' })
    await tracker.live()
  })
  after(() => tracker.close())

  const subId = `${Date.UTC(2026, 1, 3).toString(36).padStart(8, '0')}abcdefghi`
  const send = (path: string, ip = '198.51.100.7') =>
    tracker.visitLater(`https://go.example/${path}${path.includes('?') ? '&' : '?'}subid=${subId}`, { ip })
  const kept = () => JSON.parse((tracker.written.at(-1) ?? '').split('\t')[2] ?? '{}')

  it('are the key, and the token of a campaign for its pages', async () => {
    assert.equal((await send('pbkey123/postback')).status, 200)
    assert.equal(kept().campaignId, undefined)
    assert.equal((await send(`${campaign.token}/postback`)).status, 200)
    assert.equal(kept().campaignId, campaign.id)
    const count = tracker.written.length
    for (const path of ['wrong/postback', 'postback', '/postback']) assert.equal((await send(path)).status, 404, path)
    assert.equal(tracker.written.length, count)
  })

  it('need no key where a setting allows it', async () => {
    await tracker.call('PUT', '/settings', { allow_keyless_postback: true })
    await tracker.live()
    assert.equal((await send('postback')).status, 200)
    assert.equal(kept().subId, subId)
    await tracker.call('PUT', '/settings', { allow_keyless_postback: false })
    await tracker.live()
    assert.equal((await send('postback')).status, 404)
  })

  it('know conversion types and what networks require as soon as they are saved', async () => {
    await tracker.create('conversion_types', { name: 'install', aliases: ['app_open'] })
    const guarded = await tracker.create('affiliate_networks', {
      ...{ name: 'Guarded', postback_token: 's3cret', postback_ips: ['203.0.113.0/24'] },
    })
    await tracker.live()
    assert.equal((await send('pbkey123/postback?status=app_open')).status, 200)
    assert.deepEqual(kept().custom, { name: 'install', group: 'hold', counts: true, slot: 7 })
    assert.deepEqual(kept().denied, { token: [guarded.id], address: [guarded.id] })
    assert.equal((await send('pbkey123/postback?token=s3cret', '203.0.113.9')).status, 200)
    assert.equal(kept().denied, undefined)
    assert.equal((await send('pbkey123/postback?token=s3cret')).status, 403)
    assert.equal((await send('pbkey123/postback?token=guess')).status, 403)
    await tracker.call('DELETE', `/affiliate_networks/${guarded.id}`)
    await tracker.live()
    assert.equal((await send('pbkey123/postback?token=guess')).status, 200)
  })
})
