import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { openTestTracker, type TestTracker } from '../test-tracker.ts'

let tracker: TestTracker
before(async () => {
  tracker = await openTestTracker()
})
after(() => tracker.close())

it('{current_domain} is the domain of the campaign, by whatever host the visitor came', async () => {
  const domain = await tracker.create('domains', { name: 'brand.example' })
  const campaign = await tracker.create('campaigns', { alias: 'go', name: 'Go', domain_id: domain.id })
  const offer = await tracker.create('offers', { name: 'Offer', url: 'https://shop.example/?d={current_domain}' })
  const page = await tracker.create('landing_pages', {
    name: 'Page',
    landing_type: 'action',
    action_type: 'show_text',
    url: '{token} {current_domain}',
  })
  await tracker.create('streams', {
    campaign_id: campaign.id,
    landings: [{ landing_id: page.id }],
    offers: [{ offer_id: offer.id }],
  })
  const seen = async (): Promise<readonly [onPage: string, inOffer: string]> => {
    await tracker.live()
    const [token = '', onPage = ''] = tracker.visit('https://other.example/go').body.split(' ')
    const { location } = tracker.visit(`https://other.example/?_lp=1&_token=${token}`)
    return [onPage, location]
  }
  assert.deepEqual(await seen(), ['brand.example', 'https://shop.example/?d=brand.example'])

  await tracker.call('PUT', `/campaigns/${campaign.id}`, { domain_id: null })
  assert.deepEqual(await seen(), ['other.example', 'https://shop.example/?d=other.example'])
  // A domain that is gone is none.
  await tracker.call('PUT', `/campaigns/${campaign.id}`, { domain_id: domain.id })
  await tracker.call('DELETE', `/domains/${domain.id}`)
  assert.deepEqual(await seen(), ['other.example', 'https://shop.example/?d=other.example'])
})
