import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { HINT_HEADER } from '../http/hints.ts'
import { openTestBackend, TEST_KEY, type TestBackend } from '../testing.ts'

/** What is saved although it leads nobody anywhere: beside `hints.test.ts`, for pages, domains, mappings and weights. */

let backend: TestBackend
before(async () => {
  backend = await openTestBackend()
  await backend.create('campaigns', { alias: 'one', name: 'One' })
  await backend.create('campaigns', { alias: 'two', name: 'Two' })
  await backend.create('campaigns', { alias: 'off', name: 'Off', state: 'disabled' })
  await backend.create('landing_pages', { name: 'Page', url: 'https://page.example/' })
  await backend.create('streams', { campaign_id: 2, ...redirect })
})
after(() => backend.close())

const redirect = { schema: 'redirect', action_payload: 'https://good.example/?c={subid}' }

type Row = readonly [name: string, method: 'POST' | 'PUT', path: string, input: object, hints: RegExp[]]
const saved: readonly Row[] = [
  [
    'a host that is none',
    'POST',
    '/offers',
    { name: 'Port', url: 'https://n.example:99999/' },
    [/no browser can open/],
  ],
  [
    'a macro that is never closed',
    'POST',
    '/offers',
    { name: 'Open', url: 'https://n.example/?s={subid&d={random}' },
    [/\{random\}.*\{random:1,100\}\?/, /\{subid&d=: .*\{subid\}\?/],
  ],
  [
    'an external page that is none',
    'PUT',
    '/landing_pages/1',
    { landing_type: 'external', action_type: 'show_html', url: 'https://page.example/' },
    [/landing_type is external, but action_type show_html leads to no URL: set landing_type to action/],
  ],
  ['a page by its action alone', 'PUT', '/landing_pages/1', { action_type: 'show_text', url: 'Hello' }, []],
  [
    'a local page that leads away',
    'PUT',
    '/landing_pages/1',
    { landing_type: 'local', action_type: 'http', url: 'https://page.example/' },
    [/landing_type is local, but action_type http shows none of its files/],
  ],
  [
    'a page with nothing on it',
    'POST',
    '/landing_pages',
    { name: 'Empty', landing_type: 'action' },
    [/show_html has nothing to show/],
  ],
  [
    'an offer that is a campaign which is off',
    'POST',
    '/offers',
    { name: 'To 3', action_type: 'campaign', url: '3' },
    [/Campaign 3 is not active, so visitors of the offer get an empty page/],
  ],
  [
    'an offer that is a campaign without streams',
    'POST',
    '/offers',
    { name: 'To 1', action_type: 'campaign', url: '1' },
    [/Campaign 1 has no active stream/],
  ],
  [
    'parameters for slots that there are not',
    'POST',
    '/campaigns',
    {
      alias: 'slots',
      name: 'Slots',
      parameters: { subid1: { name: 'zone' }, sub_id_2: { name: 'b' }, quux: { name: '' } },
    },
    [/The parameter zone is to fill subid1, .* did you mean sub_id_1\?/],
  ],
  [
    'the same of a traffic source',
    'POST',
    '/traffic_sources',
    { name: 'Slots', parameters: { sub_id_31: { name: 'x' }, cost: { name: 'bid' } } },
    [/fill sub_id_31/],
  ],
  [
    'binding where it does nothing',
    'POST',
    '/campaigns',
    { alias: 'bound', name: 'Bound', type: 'position', bind_visitors: 's' },
    [/bind_visitors has no effect/],
  ],
  ['binding where it does something', 'PUT', '/campaigns/5', { type: 'weight' }, [/no active stream/]],
  [
    'a domain that catches for nobody',
    'POST',
    '/domains',
    { name: 'catch.example', catch_not_found: true },
    [/catch_not_found has no effect/],
  ],
  [
    'a domain whose campaign is off',
    'POST',
    '/domains',
    { name: 'off.example', default_campaign_id: 3 },
    [/Campaign 3 is not active, so off\.example shows nothing at its root/],
  ],
  [
    'a filter about a time that is over',
    'POST',
    '/streams',
    { ...redirect, campaign_id: 2, filters: [{ name: 'interval', payload: { to: '2001-01-01' } }] },
    [/Filter interval .* time that is over/],
  ],
  [
    'the only stream has no weight',
    'POST',
    '/streams',
    { ...redirect, campaign_id: 5, weight: 0 },
    [/Every regular stream of the campaign has weight 0/],
  ],
  ['another has one', 'POST', '/streams', { ...redirect, campaign_id: 5 }, []],
  [
    'a campaign to which visitors are still sent',
    'POST',
    '/campaigns/1/disable',
    {},
    [
      /Visitors of \/one now get an empty page/,
      /Offer 4 \(To 1\) still sends visitors to campaign 1, .*: name another/,
    ],
  ],
]

describe('what leads nobody anywhere', () => {
  for (const [name, method, path, input, expected] of saved) {
    it(`${name}: ${expected.length === 0 ? 'no hint' : 'saved, with a hint'}`, async () => {
      const reply = await backend.app.inject({
        method,
        url: `/admin_api/v1${path}`,
        headers: { 'api-key': TEST_KEY },
        payload: input,
      })
      assert.equal(reply.statusCode, 200, reply.body)
      const hints = [reply.headers[HINT_HEADER] ?? []].flat().map(String)
      assert.equal(hints.length, expected.length, hints.join('\n'))
      for (const [index, pattern] of expected.entries()) assert.match(hints[index] ?? '', pattern)
      for (const hint of hints) assert.ok(hint.length < 300 && /[.?]$/.test(hint), hint)
    })
  }
})
