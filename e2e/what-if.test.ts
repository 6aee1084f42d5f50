import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { API_KEY, startYard, type Yard } from './harness.ts'
import { clicksOf, createCampaign, createOffer } from './sample.ts'

const AGENT =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Version/17.5 Mobile/15E148 Safari/604.1'
const CLICKS = 400

const simulated = z.looseObject({
  summary: z.string(),
  came_by: z.string(),
  destination: z.string(),
  streams: z.array(
    z.looseObject({
      stream_id: z.number(),
      verdict: z.string(),
      filters: z.array(z.looseObject({ name: z.string(), verdict: z.string(), visitor: z.string().nullable() })),
    }),
  ),
  choice: z.looseObject({
    roll: z.number(),
    draws: z.array(z.looseObject({ split: z.string(), drawn_id: z.number() })),
  }),
  macros: z.array(z.looseObject({ macro: z.string(), value: z.string().nullable() })),
  changed_since: z.array(z.unknown()),
  detection: z.looseObject({}),
})
const withResponse = simulated.extend({
  response: z.looseObject({ status: z.number(), headers: z.array(z.object({ name: z.string(), value: z.string() })) }),
})
const replayed = z.looseObject({
  clicks_total: z.number(),
  clicks_replayed: z.number(),
  sampled_every: z.number(),
  clicks_moved: z.number(),
  clicks_other_than_recorded: z.number(),
  moves: z.looseObject({
    offers: z.array(z.object({ from_id: z.number().nullable(), to_id: z.number().nullable(), clicks: z.number() })),
  }),
  members: z.looseObject({
    offers: z.array(
      z.looseObject({
        member_id: z.number().nullable(),
        clicks_recorded: z.number(),
        clicks_draft: z.number(),
        epc: z.number().nullable(),
      }),
    ),
  }),
  expected_revenue: z.looseObject({ now: z.number(), draft: z.number() }),
  examples: z.array(z.looseObject({ sub_id: z.string() })),
})

let yard: Yard
let campaign = 0
let streams: readonly number[] = []
let offers: readonly number[] = []
before(async () => {
  yard = await startYard({ env: { TRACKYARD_LOG_LEVEL: 'error', TRACKYARD_API_DIALECT: 'modern' } })
  offers = [
    await createOffer(yard, 'tea', { action_payload: 'https://tea.example/?k={keyword}&c={subid}' }),
    await createOffer(yard, 'coffee', { payout_type: 'CPC', payout_value: 0.5, payout_auto: false }),
  ]
  const members = offers.map((offer_id) => ({ offer_id, share: 50 }))
  campaign = await createCampaign(yard, 'what', [
    {
      name: 'Bots',
      filters: [{ name: 'bot' }, { name: 'keyword', payload: ['x'] }],
      schema: 'action',
      action_type: 'do_nothing',
    },
    {
      name: 'Capped',
      filters: [
        { name: 'limit', payload: { total: 50 } },
        { name: 'parameter', payload: { name: 'p', value: ['1'] } },
      ],
      offers: members.slice(0, 1),
    },
    { name: 'Rest', offers: members },
  ])
  streams = z
    .array(z.looseObject({ id: z.number() }))
    .parse(await yard.api('GET', `/campaigns/${campaign}/streams`))
    .map(({ id }) => id)
})
after(() => yard?.dispose())

describe('what would happen', () => {
  it('is told of a visitor who never came, as of one who did', async () => {
    const before = await yard.metric('trackyard_clicks_total')
    const ask = async (body: object) =>
      withResponse.parse(await yard.api('POST', `/campaigns/${campaign}/simulate`, body))
    const answer = await ask({
      ip: '8.8.8.8',
      user_agent: AGENT,
      url: 'https://x.example/y?keyword=green%20tea',
      roll: 1,
    })
    assert.deepEqual(
      answer.streams.map(({ verdict }) => verdict),
      ['filtered', 'filtered', 'taken'],
    )
    assert.deepEqual(
      answer.streams[0]?.filters.map(({ name, verdict, visitor }) => [name, verdict, visitor]),
      [
        ['bot', 'refused', 'no bot'],
        ['keyword', 'not_asked', 'green tea'],
      ],
    )
    assert.deepEqual(
      answer.streams[1]?.filters.map(({ verdict }) => verdict),
      ['passed', 'refused'],
    )
    assert.equal(answer.response.status, 302)
    const location = answer.response.headers.find(({ name }) => name === 'Location')?.value
    assert.equal(location, answer.destination)
    const again = await ask({
      ip: '8.8.8.8',
      user_agent: AGENT,
      params: { keyword: 'green tea' },
      roll: answer.choice.roll,
    })
    assert.equal(new URL(again.destination).host, new URL(answer.destination).host)
    assert.equal(answer.detection.os, 'iOS')

    const forced = await ask({
      user_agent: AGENT,
      country: 'de',
      params: { keyword: 'a b' },
      draft: {
        streams: [
          { id: streams[2], offers: [{ offer_id: offers[0] }], filters: [{ name: 'country', payload: ['DE'] }] },
        ],
      },
    })
    assert.match(forced.destination, /^https:\/\/tea\.example\/\?k=a%20b&c=\w{17}$/)
    assert.deepEqual(forced.macros[0], { macro: '{keyword}', value: 'a%20b' })
    assert.equal(forced.streams[2]?.filters[0]?.verdict, 'passed')
    assert.equal(
      (await ask({ user_agent: AGENT, params: { p: '1' }, stream_clicks: 50 })).streams[1]?.verdict,
      'filtered',
    )
    assert.equal((await ask({ user_agent: AGENT, params: { p: '1' } })).streams[1]?.verdict, 'taken')
    // What is remembered besides the visitor, in a stream where any of its filters is enough.
    const remembered = (fields: object) =>
      ask({
        ip: '8.8.4.4',
        user_agent: AGENT,
        draft: {
          streams: [
            {
              id: streams[1],
              filter_or: true,
              filters: [
                { name: 'uniqueness_ip', payload: 'stream' },
                { name: 'uniqueness_cookies' },
                { name: 'limit', payload: { per_day: 5, timezone: 'Asia/Tokyo' } },
              ],
            },
          ],
        },
        ...fields,
      })
    const verdicts = async (fields: object) =>
      (await remembered(fields)).streams[1]?.filters.map(({ verdict }) => verdict)
    assert.deepEqual(await verdicts({}), ['passed', 'not_asked', 'not_asked'])
    assert.deepEqual(await verdicts({ is_unique_ip: '0' }), ['refused', 'passed', 'not_asked'])
    assert.deepEqual(await verdicts({ is_unique: 0 }), ['refused', 'refused', 'passed'])
    assert.deepEqual(await verdicts({ is_unique: 0, is_unique_cookie: 0, stream_clicks: 5 }), [
      'refused',
      'refused',
      'refused',
    ])
    // In the pages of other sites a campaign answers otherwise.
    const inPage = async (query: string) => {
      const { came_by: way, destination, response } = await ask({ user_agent: AGENT, url: `/what?${query}` })
      const type = response.headers.find(({ name }) => name === 'Content-Type')?.value
      return [way, destination !== '', type?.split(';')[0]]
    }
    assert.deepEqual(await inPage('return=js.client&return=/cart'), ['page', false, 'application/javascript'])
    assert.deepEqual(await inPage('return=json'), ['visit', false, 'application/json'])
    assert.deepEqual(await inPage('return=pixel'), ['visit', false, 'image/gif'])
    assert.deepEqual(await inPage('return=js'), ['script', true, 'application/javascript'])
    assert.equal(await yard.metric('trackyard_clicks_total'), before)
    await yard.waitUntilStored()
    assert.equal(await clicksOf(yard, 'what'), 0)
    const refused = await yard.send(`/admin_api/v1/campaigns/${campaign}/simulate`, {
      method: 'POST',
      headers: { 'api-key': API_KEY, 'content-type': 'application/json' },
      body: JSON.stringify({ draft: { streams: [{ id: streams[0], filters: [{ name: 'country', payload: [] }] }] } }),
    })
    assert.equal(refused.status, 406, refused.body)
    assert.match(refused.body, /draft\.streams\.0\.filters\.0\.payload/)
  })

  it('is told of the clicks of a period, and explain tells the same of each', async () => {
    // A change is live within a second; what came before that may have been decided either way.
    await sleep(1100)
    for (let i = 0; i < CLICKS; i++) {
      const headers = { 'user-agent': AGENT, 'x-forwarded-for': `9.${i % 200}.${i % 7}.${i % 251}` }
      await yard.send(`/what?keyword=k${i % 3}${i % 4 === 0 ? '&p=1' : ''}`, { headers })
    }
    await yard.waitUntilStored()
    const replay = async (body: object) =>
      replayed.parse(await yard.api('POST', `/campaigns/${campaign}/replay`, { interval: 'all_time', ...body }))
    const same = await replay({ draft: {} })
    assert.partialDeepStrictEqual(same, {
      clicks_total: CLICKS,
      clicks_replayed: CLICKS,
      sampled_every: 1,
      clicks_moved: 0,
      clicks_other_than_recorded: 0,
    })
    const moved = await replay({
      draft: {
        streams: [
          {
            id: streams[2],
            offers: [
              { offer_id: offers[0], share: 0 },
              { offer_id: offers[1], share: 50 },
            ],
          },
        ],
      },
    })
    const tea = moved.members.offers.find(({ member_id }) => member_id === offers[0])
    // Those of the stream with the limit, 50 of them, still get tea, because that stream is as it was.
    assert.equal(tea?.clicks_draft, 50)
    assert.deepEqual(moved.moves.offers, [
      { from_id: offers[0], to_id: offers[1], clicks: (tea?.clicks_recorded ?? 0) - 50 },
    ])
    assert.equal(moved.members.offers.find(({ member_id }) => member_id === offers[1])?.epc, 0.5)
    assert.equal(moved.expected_revenue.draft, 0.5 * (CLICKS - 50))
    const sampled = await replay({ limit: 100, draft: {} })
    assert.equal(sampled.sampled_every, 4)
    assert.ok(sampled.clicks_replayed > 50 && sampled.clicks_replayed < 150, `${sampled.clicks_replayed}`)

    const explained = simulated.parse(await yard.api('GET', `/clicks/${moved.examples[0]?.sub_id}/explain`))
    assert.deepEqual(explained.changed_since, [])
    assert.equal(explained.choice.draws.at(-1)?.drawn_id, offers[0])
    assert.match(explained.macros.find(({ macro }) => macro === '{keyword}')?.value ?? '', /^k\d$/)
    assert.equal(explained.macros.find(({ macro }) => macro === '{subid}')?.value, moved.examples[0]?.sub_id)
  })
})
