import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { clickColumns } from '@trackyard/core/events/click-columns.ts'
import { toStoreLine } from '@trackyard/core/events/store-line.ts'
import type { Result } from '@trackyard/core/result.ts'
import type { SimulationAnswer } from '../../simulation.ts'
import { openTestBackend, TEST_KEY, TEST_NOW_MS, type TestBackend } from '../testing.ts'

let backend: TestBackend
before(async () => {
  backend = await openTestBackend()
  await backend.create('campaigns', { alias: 'if', name: 'If' })
  await backend.create('offers', { name: 'Tea', url: 'https://tea.example/' })
  await backend.create('streams', { campaign_id: 1, name: 'Rest', offers: [{ offer_id: 1 }] })
})
after(() => backend.close())

const row = {
  sub_id: 'mws00000abcdefghi',
  datetime: TEST_NOW_MS,
  campaign_id: 1,
  visitor_code: 'v1',
  stream_id: 1,
  offer_id: 1,
  roll: 7,
  destination: 'https://tea.example/',
  trace: '1=',
}
const simulation: Result<SimulationAnswer> = {
  ok: true,
  value: {
    hops: [
      { campaignId: 1, line: toStoreLine(clickColumns, row), params: {}, seenStreams: [], limits: [], action: 'http' },
    ],
    response: {
      status: 302,
      headers: [['Location', 'https://tea.example/'] as [string, string]],
      body: '',
      isBodyCut: false,
      fetches: null,
    },
  },
}

type Case = readonly [body: unknown, status: number, message: RegExp]
const drafts: readonly Case[] = [
  [{ draft: 'x' }, 406, /"draft"|draft.*must be an object/],
  [{ draft: { streams: 5 } }, 406, /must be a list/],
  [{ draft: { streams: ['x'] } }, 406, /must be an object/],
  [{ draft: { streams: [{ id: 99 }] } }, 406, /has no stream 99/],
  [{ draft: { streams: [{ id: "1' OR 1=1" }] } }, 406, /has no stream 1' OR 1=1/],
  [{ draft: { streams: [{ id: 1, offers: [{ offer_id: 77 }] }] } }, 406, /There is no offer 77/],
  [{ draft: { streams: [{ id: 1, landings: [{ landing_id: 7 }] }] } }, 406, /There is no landing page 7/],
  [
    { draft: { streams: [{ schema: 'action', action_type: 'campaign', action_payload: '55' }] } },
    406,
    /There is no campaign 55/,
  ],
  [{ draft: { streams: [{ id: 1, weight: 'heavy' }] } }, 406, /draft\.streams\.0\.weight/],
  [{ draft: { streams: [{ id: 1, filters: [{ name: 'nonsense' }] }] } }, 406, /draft\.streams\.0\.filters\.0\.name/],
  [
    { draft: { streams: [{ filters: [{ name: 'filter_set', payload: [9] }] }] } },
    406,
    /names filter set 9|filter set 9/,
  ],
  [{ draft: { campaign: { type: 'random' } } }, 406, /draft\.campaign\.type/],
  [{ draft: { campaign: { traffic_source_id: 5 } } }, 406, /There is no traffic source 5/],
]
const simulations: readonly Case[] = [
  [{ ip: 'nowhere' }, 406, /must be an address/],
  [{ at: 'soon' }, 406, /must be a date/],
  [{ params: 'a=b' }, 406, /must be an object/],
  [{ params: { a: {} } }, 406, /params\.a/],
  [{ headers: 7 }, 406, /must be an object/],
  [{ roll: -1 }, 406, /roll/],
  [{ roll: 2 ** 32 }, 406, /roll/],
  [{ is_bot: 'perhaps' }, 406, /is_bot/],
  [{ stream_clicks: 'many' }, 406, /stream_clicks/],
  [{ bound_stream_id: 0 }, 406, /bound_stream_id/],
]
const replays: readonly Case[] = [
  [{ from: 'x' }, 406, /is not a date/],
  [{ interval: 'ages' }, 406, /There is no interval ages/],
  [{ timezone: 'Mars/Base' }, 406, /There is no time zone/],
  [{ from: '2026-02-03', to: '2026-01-03' }, 406, /swap them/],
  [{ limit: 0 }, 406, /limit/],
  [{ limit: 'all' }, 406, /limit/],
]

describe('what is asked wrongly is refused with the field and the cure', () => {
  for (const [path, cases] of [
    ['simulate', [...drafts, ...simulations]],
    ['replay', [...drafts, ...replays]],
  ] as const)
    for (const [body, status, message] of cases)
      it(`${path} ${JSON.stringify(body)}`, async () => {
        backend.simulation = simulation
        const answer = await backend.call('POST', `/campaigns/1/${path}`, body)
        const text = JSON.stringify(answer.body)
        assert.ok(answer.status === status || answer.status === 400, `${answer.status} ${text}`)
        assert.match(text.replaceAll('\\"', '"'), message)
      })
  it('unknown campaigns are not found, and a tracker that is away is told about', async () => {
    backend.simulation = simulation
    for (const path of ['simulate', 'replay'])
      for (const id of ['99', '0', 'x'])
        assert.equal((await backend.call('POST', `/campaigns/${id}/${path}`, {})).status, 404)
    backend.simulation = { ok: false, problems: [{ code: 'unavailable', message: 'away' }] }
    assert.equal((await backend.call('POST', '/campaigns/1/simulate', {})).status, 503)
  })
})

describe('a draft', () => {
  const hintOf = async (path: string, draft: unknown): Promise<string> => {
    backend.simulation = simulation
    backend.answer = { rows: [], totals: null, rowsBeforeLimit: 0 }
    const { headers } = await backend.app.inject({
      method: 'POST',
      url: `/admin_api/v1/campaigns/1/${path}`,
      headers: { 'api-key': TEST_KEY },
      payload: { user_agent: 'x', draft },
    })
    return String(headers['trackyard-hint'] ?? '')
  }
  it('with a name that nobody reads is answered with the one that was probably meant', async () => {
    for (const path of ['simulate', 'replay']) {
      const wrong = { stream: [], campaign: { tpye: 'weight' }, streams: [{ id: 1, wieght: 5, updated_at: 'x' }] }
      const hint = await hintOf(path, wrong)
      assert.match(hint, /"draft\.stream" is not read; did you mean "streams"\?/)
      assert.match(hint, /"draft\.campaign\.tpye".*"type".*"draft\.streams\.0\.wieght".*"weight"/)
      assert.doesNotMatch(hint, /updated_at/)
    }
    assert.equal(await hintOf('simulate', { streams: [{ id: 1, chance: 5 }] }), '')
  })
})

describe('simulate', () => {
  it('asks the tracker for the campaign with its draft, and saves nothing', async () => {
    backend.simulation = simulation
    const version = await backend.store.version()
    const draft = {
      streams: [
        { id: '1', name: 'Draft', filters: [{ name: 'country', mode: 'reject', payload: 'US' }] },
        { name: 'New', chance: 5 },
      ],
    }
    const { status, body } = await backend.call('POST', '/campaigns/1/simulate', {
      url: 'https://go.example/if?keyword=a%20b#top',
      params: { sub_id_1: 5 },
      country: 'pl',
      is_unique: '0',
      referrer: 'https://r.example/',
      headers: { 'X-Requested-With': 'app' },
      draft,
    })
    assert.equal(status, 200, JSON.stringify(body))
    const call = backend.simulations.at(-1)
    assert.partialDeepStrictEqual(call, {
      url: '/if?keyword=a%20b&sub_id_1=5',
      geo: { country: 'PL' },
      isUniqueCampaign: false,
      isUniqueStream: false,
      headers: { referer: 'https://r.example/', 'x-requested-with': 'app' },
    })
    const sent = JSON.parse(call?.bundle ?? '{}')
    assert.deepEqual(
      sent.streams.map(({ name, weight }: { name: string; weight: number }) => [name, weight]),
      [
        ['Draft', 100],
        ['New', 5],
      ],
    )
    assert.equal(body.streams[0].name, 'Draft')
    assert.partialDeepStrictEqual(body.streams[0].filters, [
      { name: 'country', verdict: 'passed', wanted: 'anything but US' },
    ])
    assert.equal(body.response.status, 302)
    assert.equal(await backend.store.version(), version)
    assert.equal((await backend.call('GET', '/streams/1')).body.name, 'Rest')
  })
  it('says who took the visitor for a bot', async () => {
    const [hop] = simulation.ok ? simulation.value.hops : []
    assert.ok(hop && simulation.ok)
    const line = toStoreLine(clickColumns, { ...row, is_bot: 1, user_agent: 'Mozilla/5.0 Firefox/150.0' })
    backend.simulation = { ok: true, value: { ...simulation.value, hops: [{ ...hop, line }] } }
    const reasonOf = async (visitor: object): Promise<string> =>
      (await backend.call('POST', '/campaigns/1/simulate', visitor)).body.detection.bot_reason
    assert.equal(await reasonOf({ is_bot: true }), 'The field is_bot says so.')
    assert.match(await reasonOf({ user_agent: 'x' }), /user agent is that of a program/)
  })
})

describe('replay', () => {
  it('answers from the pages of the store and names what it cannot know', async () => {
    const stored = (index: number) => ({
      ...row,
      sub_id: `mws0000${index}abcdefghi`,
      at_ms: TEST_NOW_MS + 5000,
      revenue: index === 1 ? 2_000_000 : 0,
      total: 3,
      is_unique_stream: 1,
    })
    backend.answer = { rows: [stored(1), stored(2), stored(3)], totals: null, rowsBeforeLimit: 3 }
    const { body } = await backend.call('POST', '/campaigns/1/replay', {
      draft: {
        streams: [
          {
            id: 1,
            filters: [
              { name: 'limit', payload: { total: 5 } },
              { name: 'parameter', payload: { name: 'p', value: ['1'] } },
              { name: 'uniqueness_ip' },
            ],
          },
        ],
      },
    })
    assert.partialDeepStrictEqual(body, {
      summary: '3 of 3 clicks (100 %) would go elsewhere.',
      clicks_moved: 3,
      moves: { offers: [{ from_id: 1, to_id: null, clicks: 3 }] },
      expected_revenue: { now: 2, draft: 0 },
    })
    const { body: renamed } = await backend.call('POST', '/campaigns/1/replay', {
      draft: { streams: [{ name: 'New', type: 'forced', offers: [{ offer_id: 1 }] }] },
    })
    assert.partialDeepStrictEqual(renamed.members.streams[0], { name: 'New', clicks_draft: 3 })
    assert.match(body.limits[0], /limit, parameter, uniqueness_ip.*by address or by cookie as the first/)
    assert.match(backend.queries.at(-1)?.sql ?? '', /campaign_id IN \{/)
  })
})
