import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { createMemoryVisitorStore } from '../stores/visitors/memory.ts'
import type { VisitorQuery } from '../stores/visitors/port.ts'
import { openTestTracker, type TestTracker } from '../test-tracker.ts'
import { replayVisits } from './visits.ts'

/** Filters that ask what is remembered: uniqueness by address and by cookie, and limits by the clocks of a time zone. */

const HOUR_MS = 3_600_000
let tracker: TestTracker
before(async () => {
  tracker = await openTestTracker()
})
after(() => tracker.close())

let made = 0
/** A campaign whose first stream has the filter; who does not pass gets `else`. */
async function campaign(
  name: string,
  payload: unknown,
  more: object = {},
): Promise<{ id: number; url: string; streamId: number }> {
  const alias = `known-${++made}`
  const { id } = await tracker.create('campaigns', { alias, name: alias, type: 'position', cookies_ttl: 24, ...more })
  const action = (text: string) => ({ schema: 'action', action_type: 'show_text', action_payload: text })
  const filters = [{ name, mode: 'accept', payload }]
  const stream = await tracker.create('streams', { campaign_id: id, position: 1, ...action('first'), filters })
  await tracker.create('streams', { campaign_id: id, position: 2, ...action('else') })
  await tracker.live()
  return { id, url: `http://go.example/${alias}`, streamId: stream.id }
}
/** A browser that keeps its cookies. */
function openBrowser(agent = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0') {
  let cookie = ''
  return (url: string, ip: string): string => {
    const { body, cookies } = tracker.visit(url, { ip, headers: { cookie, 'user-agent': agent } })
    if (cookies._tyv !== undefined) cookie = `_tyv=${cookies._tyv}`
    return body
  }
}

describe('uniqueness by one way of knowing the visitor', () => {
  it('by address: two browsers behind one address are one, one browser from two addresses is two', async () => {
    const { url } = await campaign('uniqueness_ip', null, { uniqueness_use_cookies: true })
    const [anna, bert] = [openBrowser(), openBrowser('Opera/9.80')]
    assert.deepEqual([anna(url, '1.1.1.1'), bert(url, '1.1.1.1')], ['first', 'else'])
    assert.deepEqual([anna(url, '1.1.1.2'), anna(url, '1.1.1.1')], ['first', 'else'])
  })

  for (const useCookies of [false, true])
    it(`by cookies: two browsers alike behind one address are two, one browser from two addresses is one (${useCookies})`, async () => {
      const { url } = await campaign('uniqueness_cookies', [], {
        uniqueness_method: 'ip',
        uniqueness_use_cookies: useCookies,
      })
      const [anna, bert] = [openBrowser(), openBrowser()]
      assert.deepEqual([anna(url, '2.1.1.1'), bert(url, '2.1.1.1')], ['first', 'first'])
      assert.deepEqual([anna(url, '2.1.1.2'), bert(url, '2.1.1.1')], ['else', 'else'])
      tracker.wait(23 * HOUR_MS)
      // Each has a window of its own, although the campaign takes both for one visitor.
      assert.deepEqual([openBrowser()(url, '2.1.1.1'), anna(url, '2.1.1.1')], ['first', 'else'])
      tracker.wait(HOUR_MS)
      assert.deepEqual([anna(url, '2.1.1.1'), bert(url, '2.1.1.2'), anna(url, '2.1.1.1')], ['first', 'first', 'else'])
    })

  it('a cookie that was tampered with or comes from elsewhere is none', async () => {
    const { url } = await campaign('uniqueness_cookies', 'stream')
    const token = tracker.visit(url).cookies._tyv ?? ''
    const visit = (cookie: string) => tracker.visit(url, { headers: { cookie: `_tyv=${cookie}` } }).body
    assert.deepEqual(
      [visit(`${token.slice(0, -1)}!`), visit('v1.1.abc.def'), visit(''), visit(token)],
      ['first', 'first', 'first', 'else'],
    )
  })

  it('global: campaigns with the filter know each other’s visitors; the cookie outlives the shorter time', async () => {
    const short = await campaign('uniqueness_cookies', 'global', { cookies_ttl: 1 })
    const long = await campaign('uniqueness_cookies', 'global', { cookies_ttl: 48 })
    const anna = openBrowser()
    assert.deepEqual([anna(short.url, '3.1.1.1'), anna(long.url, '3.1.1.2')], ['first', 'else'])
    const found = tracker.visit(short.url, { ip: '3.1.1.3' }).headers['set-cookie'] ?? ''
    assert.match(found, /^_tyv=.*Max-Age=172800/i)
  })

  it('costs campaigns without the filter nothing: no cookie, and nothing more in the record', async () => {
    const { url } = await campaign('uniqueness', 'campaign', { uniqueness_use_cookies: false })
    const { cookies } = tracker.visit(url)
    assert.equal(cookies._tyv, undefined)
    assert.doesNotMatch(tracker.written.at(-1) ?? '', /"also"/)
  })

  it('comes back from the spool after a crash', async () => {
    const address = await campaign('uniqueness_ip', 'campaign')
    const cookie = await campaign('uniqueness_cookies', 'campaign')
    const { written } = tracker
    const from = written.length
    tracker.visit(address.url, { ip: '4.1.1.1' })
    tracker.visit(cookie.url, { ip: '4.1.1.1' })
    const records = written.slice(from).map((record, seq) => {
      const [kind = '', subId = '', ...rest] = record.split('\t')
      return { seq, kind, subId, rest: rest.join('\t') }
    })
    const codes = records.map(({ rest }) => String(/"also":\[\{"by":"(?:ip|cookie)","visitor":"(\w+)"/.exec(rest)?.[1]))
    const again = createMemoryVisitorStore({ nowMs: tracker.nowMs, keepMs: () => 48 * HOUR_MS })
    replayVisits(records, again)
    const read = (campaignId: number, fields: Partial<VisitorQuery>) =>
      again.read({
        visitor: '0nobody',
        campaignId,
        atMs: tracker.nowMs(),
        uniqueTtlMs: HOUR_MS,
        streamIds: [],
        limitStreamIds: [],
        wantsBinding: false,
        ...fields,
      })
    assert.equal(read(address.id, { byIp: codes[0] }).byIp?.isUniqueCampaign, false)
    assert.equal(read(cookie.id, { byCookie: codes[1] }).byCookie?.isUniqueCampaign, false)
    assert.equal(read(cookie.id, { byCookie: codes[0] }).byCookie?.isUniqueCampaign, true)
  })
})

describe('click limits', () => {
  it('days begin by the clocks of the installation, or of the zone that the filter names', async () => {
    await tracker.call('PUT', '/settings/timezone', { value: 'America/New_York' })
    const here = await campaign('limit', { per_day: 1 })
    const tokyo = await campaign('limit', { per_day: 1, timezone: 'Asia/Tokyo' })
    const bodies = () => [here.url, tokyo.url].map((url) => tracker.visit(url).body)
    const until = (moment: string): void => tracker.wait(Date.parse(moment) - tracker.nowMs())
    until('2026-03-10T00:00Z')
    assert.deepEqual(bodies(), ['first', 'first'])
    assert.deepEqual(bodies(), ['else', 'else'])
    until('2026-03-10T03:59:59Z')
    assert.deepEqual(bodies(), ['else', 'else'])
    // Summer time: midnight in New York is four hours behind.
    until('2026-03-10T04:00Z')
    assert.deepEqual(bodies(), ['first', 'else'])
    until('2026-03-10T15:00Z')
    assert.deepEqual(bodies(), ['else', 'first'])
    await tracker.call('PUT', '/settings/timezone', { value: 'UTC' })
    await tracker.live()
    // The day of UTC began before the last choice too: what was counted stays counted whatever the zone.
    assert.deepEqual(bodies(), ['else', 'else'])
  })
})
