import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { openTestTracker, type TestTracker } from './test-tracker.ts'

/** The way from a landing page to an offer, and what happens on it (reference click-processing §4). */

const HOUR_MS = 3_600_000
let tracker: TestTracker
const offers: number[] = []
let outside = 0
let landing = 0

before(async () => {
  tracker = await openTestTracker()
  const offer = async (name: string, more: object = {}) =>
    (await tracker.create('offers', { name, action_payload: `https://${name}.example/?c={subid}`, ...more })).id
  offers.push(await offer('first', { values: [{ name: 'price', value: '19.90' }] }), await offer('second'))
  outside = await offer('outside')
  landing = (await tracker.create('landing_pages', { name: 'lp', action_payload: 'https://lp.example/?a=1#top' })).id
})
after(() => tracker.close())

let made = 0
async function campaign(
  stream: object = {},
  more: object = {},
): Promise<{ id: number; alias: string; streamId: number }> {
  const alias = `lp-${++made}`
  const { id } = await tracker.create('campaigns', { alias, name: alias, ...more })
  const created = await tracker.create('streams', {
    campaign_id: id,
    landings: [{ landing_id: landing }],
    offers: offers.map((offer_id, index) => ({ offer_id, share: index === 0 ? 100 : 0 })),
    ...stream,
  })
  await tracker.live()
  return { id, alias, streamId: created.id }
}
const click = (alias: string, ip?: string) => {
  const found = tracker.visit(`http://go.example/${alias}`, ip === undefined ? {} : { ip })
  return { ...found, token: found.cookies._token ?? '' }
}
const step = (query: string, headers: Record<string, string> = {}) =>
  tracker.visit(`http://go.example/?_lp=1${query}`, { headers })
const hostOf = ({ location, status }: { location: string; status: number }) =>
  location === '' ? String(status) : new URL(location).hostname

describe('from the landing page to the offer', () => {
  it('another site gets click id and token in its URL, before the fragment', async () => {
    const found = click((await campaign()).alias)
    const url = new URL(found.location)
    assert.equal(url.searchParams.get('_subid'), found.cookies._subid)
    assert.equal(url.searchParams.get('_token'), found.token)
    assert.equal(url.hash, '#top')
    assert.equal(url.searchParams.get('a'), '1')
  })
  it('leads to an offer by share, by the id in the link, by cookie, and under the other name of the token', async () => {
    const { token } = click((await campaign()).alias)
    assert.equal(hostOf(step(`&_token=${token}`)), 'first.example')
    assert.equal(hostOf(step(`&_token=${token}&offer_id=${offers[1]}`)), 'second.example')
    assert.equal(hostOf(step(`&token=${token}`)), 'first.example')
    assert.equal(hostOf(step('', { cookie: `_token=${token}` })), 'first.example')
  })
  it('refuses an offer outside the stream: one of the stream is drawn', async () => {
    const { token } = click((await campaign()).alias)
    assert.equal(hostOf(step(`&_token=${token}&offer_id=${outside}`)), 'first.example')
  })
  it('refuses tokens that are missing, forged, or of another purpose, and bare click ids', async () => {
    const { token, cookies } = click((await campaign()).alias)
    const cut = token.slice(0, -1) + (token.endsWith('A') ? 'B' : 'A')
    for (const query of [
      '',
      `&_token=${cut}`,
      `&_token=${cookies._tyv}`,
      `&_subid=${cookies._subid}`,
      '&_token=v1.x.y.z',
    ]) {
      const found = step(query)
      assert.deepEqual([found.status, found.recorded], [404, ''], query)
    }
  })
  it('exit=1 counts no landing click; sub ids in the link change the click', async () => {
    const { token } = click((await campaign()).alias)
    const exit = step(`&_token=${token}&exit=1`)
    assert.deepEqual([hostOf(exit), exit.recorded], ['first.example', ''])
    const counted = step(`&_token=${token}&sub_id_3=x`)
    assert.equal(counted.recorded, 'l')
    assert.deepEqual(counted.landingClick?.slots, { sub_id_3: 'x' })
  })
  it('goes before the rest of the address: a link without a path leads on from where the page is shown', async () => {
    const { alias } = await campaign()
    const { token } = click(alias)
    for (const path of [alias, 'lander/page-abc123/~0123456789abcdef/', 'index.php', 'nowhere']) {
      const found = tracker.visit(`http://go.example/${path}?_lp=1`, { headers: { cookie: `_token=${token}` } })
      assert.deepEqual([hostOf(found), found.recorded], ['first.example', 'l'], path)
    }
    const fresh = tracker.visit(`http://go.example/${alias}?_lp=1&_token=none`)
    assert.deepEqual([hostOf(fresh), fresh.recorded], ['lp.example', 'c'])
  })
  it('takes what a form sends by POST, in the body as in the URL', async () => {
    const { token } = click((await campaign()).alias)
    const post = (query: string, body: string) =>
      tracker.visitLater(`http://go.example/${query}`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body,
      })
    const order = await post(`?_lp=1&_token=${token}&sub_id_4=url`, 'phone=555&sub_id_3=form&sub_id_4=form')
    assert.deepEqual(
      [hostOf(order), order.landingClick?.slots],
      ['first.example', { sub_id_3: 'form', sub_id_4: 'url' }],
    )
    const whole = await post('', `_lp=1&_token=${token}&offer_id=${offers[1]}`)
    assert.deepEqual([hostOf(whole), whole.recorded], ['second.example', 'l'])
    assert.equal((await post('', '_lp=1&_token=none')).status, 404)
  })
  it('ends with the life of the token', async () => {
    const { token } = click((await campaign()).alias)
    tracker.wait(24 * HOUR_MS)
    assert.equal(hostOf(step(`&_token=${token}`)), 'first.example')
    tracker.wait(1)
    assert.equal(step(`&_token=${token}`).status, 404)
  })
  it('chosen before the click, the offer fills {offer_value} and links choose no other', async () => {
    const page = await tracker.create('landing_pages', {
      name: 'own',
      landing_type: 'action',
      action_type: 'show_html',
      action_payload: 'Only {offer_value:price} at <a href="{offer}">',
    })
    const { alias } = await campaign({ offer_selection: 'before_click', landings: [{ landing_id: page.id }] })
    const { body, token, row } = click(alias)
    assert.match(body, /Only 19\.90 at <a href="http:\/\/go\.example\/\?_lp=1&/)
    assert.equal(row.offer_id, offers[0])
    assert.equal(hostOf(step(`&_token=${token}&offer_id=${offers[1]}`)), 'first.example')
  })
})

describe('what the click brought', () => {
  const FROM_GOOGLE = { referer: 'https://www.google.com/search?q=tea' }
  const BACK = { referer: 'https://lp.example/' }
  const link = '?q=green%20tea&zone=7&pub=p9&bid=0.25'
  const parameters = { keyword: { name: 'q' }, sub_id_1: { name: 'zone' }, cost: { name: 'bid' } }
  const named = 'k={keyword}&1={sub_id_1}&2={sub_id_2}&r={referrer}&se={search_engine}&bid={bid}&p={parent_campaign_id}'
  const queryOf = ({ location }: { location: string }) => Object.fromEntries(new URL(location).searchParams)

  it('is known to the offer behind its landing page', async () => {
    const offer = await tracker.create('offers', { name: 'told', action_payload: `https://told.example/?${named}` })
    const { alias } = await campaign({ offers: [{ offer_id: offer.id }] }, { parameters })
    const first = tracker.visit(`http://go.example/${alias}${link}`, { headers: FROM_GOOGLE })
    const { k, 1: zone, r, se, bid } = queryOf(step(`&_token=${first.cookies._token}`, BACK))
    assert.deepEqual([k, zone, r, se, bid], ['green tea', '7', FROM_GOOGLE.referer, 'google', '0.25'])
  })
  it('goes on through campaigns that follow, each reading what its own mapping names', async () => {
    const target = { schema: 'redirect', action_payload: `https://end.example/?${named}`, landings: [], offers: [] }
    const next = await campaign(target, { parameters: { sub_id_1: { name: 'pub' }, sub_id_2: { name: 'zone' } } })
    const offer = await tracker.create('offers', {
      name: 'hands on',
      offer_type: 'action',
      action_type: 'campaign',
      action_payload: String(next.id),
    })
    const expected = (parentId: number, zone: string, second: string) => ({
      ...{
        k: 'green tea',
        1: zone,
        2: second,
        r: FROM_GOOGLE.referer,
        se: 'google',
        bid: '{bid}',
        p: String(parentId),
      },
    })
    const direct = await campaign({ landings: [], offers: [{ offer_id: offer.id }] }, { parameters })
    const found = tracker.visit(`http://go.example/${direct.alias}${link}`, { headers: FROM_GOOGLE })
    assert.deepEqual(queryOf(found), expected(direct.id, 'p9', '7'))
    assert.deepEqual([found.recorded, found.row.sub_id_1, found.row.sub_id_2], ['cc', 'p9', '7'])

    const viaPage = await campaign({ offers: [{ offer_id: offer.id }] }, { parameters })
    const first = tracker.visit(`http://go.example/${viaPage.alias}${link}`, { headers: FROM_GOOGLE })
    const plain = step(`&_token=${first.cookies._token}`, BACK)
    assert.deepEqual(queryOf(plain), expected(viaPage.id, '7', ''))
    assert.deepEqual([plain.row.keyword, plain.row.search_engine, plain.row.sub_id_1], ['green tea', 'google', '7'])
    // The page may hand its whole query on, and change sub ids.
    const more = step(`&_token=${first.cookies._token}&zone=7&sub_id_1=page&q=other`, BACK)
    assert.deepEqual(queryOf(more), expected(viaPage.id, 'page', '7'))
  })
})

describe('visitors of what was archived meanwhile', () => {
  it('still reach the offer while their token lives; nobody else does', async () => {
    const { id, alias } = await campaign()
    const { token } = click(alias)
    await tracker.call('DELETE', `/campaigns/${id}`)
    const next = await tracker.create('campaigns', { alias, name: 'next' })
    await tracker.live()
    const found = step(`&_token=${token}`)
    assert.deepEqual([hostOf(found), found.recorded], ['first.example', 'l'])
    const fresh = tracker.visit(`http://go.example/${alias}`)
    assert.deepEqual([fresh.row.campaign_id, fresh.location], [next.id, ''])
    tracker.wait(24 * HOUR_MS + 1)
    await tracker.create('campaigns', { alias: `x-${made}`, name: 'x' })
    await tracker.live()
    assert.equal(step(`&_token=${token}`).status, 404)
  })
  it('archived streams take no click and lead those who are under way on', async () => {
    const { alias, streamId } = await campaign()
    const { token } = click(alias)
    await tracker.call('DELETE', `/streams/${streamId}`)
    await tracker.live()
    assert.equal(hostOf(step(`&_token=${token}`)), 'first.example')
    const fresh = click(alias)
    assert.deepEqual([fresh.location, fresh.row.stream_id], ['', undefined])
  })
})

describe('full offers', () => {
  it('pass visitors on at the click and at the step from a landing page, and the trace tells', async () => {
    const capped = await tracker.create('offers', {
      name: 'capped',
      action_payload: 'https://capped.example/',
      conversion_cap_enabled: true,
      daily_cap: 1,
      alternative_offer_id: outside,
    })
    const direct = await campaign({ landings: [], offers: [{ offer_id: capped.id }] })
    const viaPage = await campaign({ offers: [{ offer_id: capped.id }] })
    const { token } = click(viaPage.alias)
    assert.equal(hostOf(click(direct.alias)), 'capped.example')
    await tracker.full(new Map([[capped.id, tracker.nowMs() + HOUR_MS]]))
    const passed = click(direct.alias)
    assert.equal(hostOf(passed), 'outside.example')
    assert.deepEqual([passed.row.offer_id, passed.row.trace], [outside, `${direct.streamId}=^${capped.id}`])
    for (const query of ['', `&offer_id=${capped.id}`]) {
      const found = step(`&_token=${token}${query}`)
      assert.equal(hostOf(found), 'outside.example')
      assert.deepEqual([found.landingClick?.offerId, found.landingClick?.cappedOffers], [outside, [capped.id]])
    }
    // Nobody has to write the file for the next day to begin.
    tracker.wait(HOUR_MS)
    assert.equal(hostOf(click(direct.alias)), 'capped.example')
    assert.equal(hostOf(step(`&_token=${token}`)), 'capped.example')
  })
})

describe('binding', () => {
  it('lasts as long as its own time says, not as long as uniqueness', async () => {
    const alias = `bind-${++made}`
    const { id } = await tracker.create('campaigns', {
      alias,
      name: alias,
      type: 'weight',
      bind_visitors: 's',
      bind_visitors_ttl: 48,
      cookies_ttl: 1,
    })
    const streams = await Promise.all(
      [1, 2].map((n) =>
        tracker.create('streams', {
          campaign_id: id,
          schema: 'redirect',
          action_payload: `https://s${n}.example/`,
          weight: 50,
        }),
      ),
    )
    await tracker.live()
    const ip = '198.18.0.77'
    const first = click(alias, ip)
    const bound = Number(first.row.stream_id)
    assert.ok(streams.some((stream) => stream.id === bound))
    tracker.wait(48 * HOUR_MS - 1)
    for (let index = 0; index < 20; index++) {
      const { row } = click(alias, ip)
      assert.deepEqual([row.stream_id, String(row.trace)], [bound, `${bound}~`])
    }
    tracker.wait(1)
    assert.match(String(click(alias, ip).row.trace), /=$/)
  })

  it('to an offer chosen on a landing page counts from the click, however often it is pressed', async () => {
    const alias = `bind-${++made}`
    const { id } = await tracker.create('campaigns', {
      alias,
      name: alias,
      type: 'weight',
      bind_visitors: 'slo',
      bind_visitors_ttl: 2,
    })
    await tracker.create('streams', {
      campaign_id: id,
      landings: [{ landing_id: landing }],
      offers: offers.map((offer_id) => ({ offer_id, share: 50 })),
    })
    await tracker.live()
    const { token } = click(alias, '198.18.0.78')
    const chosen = step(`&_token=${token}&offer_id=${offers[1]}`)
    assert.equal(hostOf(chosen), 'second.example')
    const until = (found: typeof chosen) => Object(found.landingClick?.visit).bind?.untilMs
    const ends = until(chosen)
    tracker.wait(HOUR_MS)
    const again = step(`&_token=${token}`)
    assert.equal(hostOf(again), 'second.example')
    assert.equal(again.landingClick?.visit, null, 'it holds already and keeps its own end')
    assert.equal(ends, tracker.nowMs() + HOUR_MS)
  })

  it('to an offer holds where going on is not counted', async () => {
    const more = { type: 'weight', bind_visitors: 'slo' }
    const both = { offers: offers.map((offer_id) => ({ offer_id, share: 50 })) }
    const cases: [query: string, stream: object, ip: string][] = [
      ['&exit=1', both, '198.18.0.79'],
      ['', { ...both, collect_clicks: false }, '198.18.0.80'],
    ]
    for (const [query, stream, ip] of cases) {
      const { alias } = await campaign(stream, more)
      const first = new Set<string>()
      const later = new Set<string>()
      for (let index = 0; index < 12; index++) {
        const { token } = click(alias, ip)
        const found = step(`&_token=${token}${index === 0 ? `&offer_id=${offers[1]}` : ''}${query}`)
        assert.equal(found.recorded, index === 0 ? 'v' : '', 'nothing is counted')
        const hosts = index === 0 ? first : later
        hosts.add(hostOf(found))
      }
      assert.deepEqual([[...first], [...later]], [['second.example'], ['second.example']])
    }
  })
})
