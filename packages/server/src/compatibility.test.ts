import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { openTestTracker, type TestTracker } from './test-tracker.ts'

/**
 * What scripts and pages written for Keitaro rely on, as far as no other test tells it (the list of reference
 * click-processing §14).
 */

const HOUR_MS = 3_600_000
let tracker: TestTracker
before(async () => {
  tracker = await openTestTracker()
})
after(() => tracker.close())

let made = 0
async function campaign(streams: readonly object[], more: object = {}): Promise<string> {
  const alias = `c-${++made}`
  const { id } = await tracker.create('campaigns', { alias, name: alias, ...more })
  for (const stream of streams) await tracker.create('streams', { campaign_id: id, ...stream })
  await tracker.live()
  return alias
}
const redirect = (host: string, more: object = {}) => ({
  schema: 'redirect',
  action_payload: `https://${host}.example/`,
  ...more,
})
let address = 0
const newIp = () => `198.51.${Math.floor(++address / 250)}.${(address % 250) + 1}`
const visit = (alias: string, ip: string, query = '') => tracker.visit(`http://go.example/${alias}${query}`, { ip })
const goal = (...at: Parameters<typeof visit>) => new URL(visit(...at).location).hostname

describe('compatibility', () => {
  it('mapped parameters fill slots, and a redirect is a 302 with encoded macros', async () => {
    const alias = await campaign(
      [redirect('o', { action_payload: 'https://o.example/?z={sub_id_1}&k={keyword}&r={_sub_id_2}&c={subid}#end' })],
      { parameters: { sub_id_1: { name: 'zone' }, keyword: { name: 'kw' } } },
    )
    const { status, location, body, row, cookies } = visit(alias, newIp(), '?zone=a%26b&kw=red+shoes&sub_id_2=x%2Fy')
    assert.deepEqual([status, body], [302, ''])
    assert.equal(location, `https://o.example/?z=a%26b&k=red%20shoes&r=x/y&c=${cookies._subid}#end`)
    assert.deepEqual([row.sub_id_1, row.keyword, row.sub_id_2], ['a&b', 'red shoes', 'x/y'])
  })

  it('a stream that rejects unique visitors takes the second visit within the time, and after it the visitor is new', async () => {
    const again = [{ name: 'uniqueness', mode: 'reject', payload: 'campaign' }]
    const alias = await campaign([redirect('again', { filters: again }), redirect('first')], { cookies_ttl: 2 })
    const ip = newIp()
    assert.equal(goal(alias, ip), 'first.example')
    assert.equal(goal(alias, ip), 'again.example')
    assert.equal(goal(alias, newIp()), 'first.example')
    tracker.wait(2 * HOUR_MS - 1)
    assert.equal(goal(alias, ip), 'again.example')
    tracker.wait(1)
    assert.equal(goal(alias, ip), 'first.example')
  })

  for (const level of ['s', 'sl', 'slo'] as const)
    it(`binding ${level} keeps what it says`, async () => {
      const name = (kind: string, n: number) => `${kind}${n}-${level}`
      const pages = []
      const offers = []
      for (const n of [1, 2, 3, 4]) {
        const url = (kind: string) => ({ name: name(kind, n), action_payload: `https://${kind}${n}.example/` })
        pages.push((await tracker.create('landing_pages', url('lp'))).id)
        offers.push((await tracker.create('offers', url('o'))).id)
      }
      const stream = {
        landings: pages.map((landing_id) => ({ landing_id, share: 25 })),
        offers: offers.map((offer_id) => ({ offer_id, share: 25 })),
        offer_selection: 'before_click',
      }
      const alias = await campaign([stream, stream, stream], { type: 'weight', bind_visitors: level })
      const kept = { streams: 0, landings: 0, offers: 0 }
      for (let person = 0; person < 12; person++) {
        const ip = newIp()
        const first = visit(alias, ip).row
        const rows = Array.from({ length: 6 }, () => visit(alias, ip).row)
        if (rows.every((row) => row.stream_id === first.stream_id)) kept.streams++
        if (rows.every((row) => row.landing_id === first.landing_id)) kept.landings++
        if (rows.every((row) => row.offer_id === first.offer_id)) kept.offers++
      }
      assert.equal(kept.streams, 12)
      assert.equal(kept.landings === 12, level !== 's', JSON.stringify(kept))
      assert.equal(kept.offers === 12, level === 'slo', JSON.stringify(kept))
    })

  it('collect_clicks=false leaves no click but still redirects, and limits count it', async () => {
    const filters = [{ name: 'limit', payload: { total: 2 } }]
    const alias = await campaign([redirect('quiet', { collect_clicks: false, filters }), redirect('rest')])
    for (const expected of ['quiet.example', 'quiet.example', 'rest.example']) {
      const found = visit(alias, newIp())
      assert.equal(new URL(found.location).hostname, expected)
      assert.equal(found.recorded, expected === 'quiet.example' ? 'v' : 'c')
    }
  })

  it('a campaign whose streams all refuse, or that has none, answers an empty page', async () => {
    const nobody = [{ name: 'country', payload: ['AQ'] }]
    for (const streams of [[], [redirect('x', { filters: nobody })]]) {
      const { status, body, recorded } = visit(await campaign(streams), newIp())
      assert.deepEqual([status, body, recorded], [200, '', 'c'])
    }
  })

  it('bots by address, block, signature or without a user agent are flagged, and shown what everybody is', async () => {
    await tracker.call('POST', '/botlist/add', { value: '192.0.2.1\n192.0.2.64/26\n2001:db8::/48\nua:probex' })
    const alias = await campaign([redirect('shop')])
    const person = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0'
    const visitors: readonly [ip: string, userAgent: string, isBot: number][] = [
      ['192.0.2.1', person, 1],
      ['192.0.2.2', person, 0],
      ['192.0.2.65', person, 1],
      ['2001:db8::7', person, 1],
      ['2001:db8:1::7', person, 0],
      ['198.18.0.1', `${person} ProbeX/1`, 1],
      ['198.18.0.2', 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)', 1],
      ['198.18.0.3', '', 1],
    ]
    for (const [ip, userAgent, isBot] of visitors) {
      const url = `http://go.example/${alias}`
      const { status, row, recorded } = tracker.visit(url, { ip, headers: { 'user-agent': userAgent } })
      assert.deepEqual([status, recorded, row.is_bot ?? 0], [302, 'c', isBot], `${ip} ${userAgent}`)
    }
    await tracker.call('DELETE', '/botlist')
  })

  it('a campaign URL as the picture of a page without scripts records a click', async () => {
    const alias = await campaign([{ schema: 'action', action_type: 'do_nothing' }])
    const found = tracker.visit(`http://go.example/${alias}?sub_id_1=pixel`, {
      headers: {
        accept: 'image/avif,image/webp,*/*;q=0.8',
        'sec-fetch-dest': 'image',
        referer: 'https://page.example/',
      },
    })
    assert.deepEqual([found.status, found.recorded], [200, 'c'])
    assert.deepEqual([found.row.sub_id_1, found.row.referrer], ['pixel', 'https://page.example/'])
  })
})
