import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { z } from 'zod'
import { toLine } from '../../stores/events/line.ts'
import { openTestBackend, TEST_NOW_MS, type TestBackend } from '../testing.ts'
import { explainAnswer } from './explain-answer.ts'

let backend: TestBackend
before(async () => {
  backend = await openTestBackend()
  await backend.create('campaigns', { alias: 'why', name: 'Why' })
  await backend.create('campaigns', { alias: 'off', name: 'Off', state: 'disabled' })
  await backend.create('offers', { name: 'Tea', url: 'https://tea.example/' })
  await backend.create('landing_pages', { name: 'Story', url: 'https://story.example/' })
  const america = [{ name: 'country', payload: ['US', 'CA'] }]
  const either = [...america, { name: 'bot', mode: 'reject' }]
  await backend.create('streams', { campaign_id: 1, name: 'America', filters: america, offers: [{ offer_id: 1 }] })
  await backend.create('streams', { campaign_id: 1, name: 'Either', filters: either, filter_or: true })
  await backend.create('streams', { campaign_id: 1, name: 'Empty' })
  await backend.create('streams', { campaign_id: 1, name: 'Rest', offers: [{ offer_id: 1 }] })
  await backend.create('streams', { campaign_id: 1, schema: 'action', action_type: 'campaign', action_payload: '2' })
  await backend.create('streams', { campaign_id: 1, schema: 'action', action_type: 'campaign', action_payload: '1' })
  await backend.create('streams', {
    campaign_id: 1,
    schema: 'redirect',
    action_payload: 'https://to.example/?k={keyword}',
  })
  const fetched = { schema: 'redirect', action_type: 'curl', action_payload: 'https://page.example/' }
  await backend.create('streams', { campaign_id: 1, ...fetched })
  const html = '<b title="{keyword}">{_keyword}</b><script>x="{keyword}"</script>'
  for (const action_type of ['show_html', 'build_html'])
    await backend.create('streams', { campaign_id: 1, schema: 'action', action_type, action_payload: html })
})
after(() => backend.close())

let clicks = 0
async function explain(more: Record<string, string | number>) {
  const subId = `${TEST_NOW_MS.toString(36).padStart(8, '0')}${String(++clicks).padStart(9, '0')}`
  const click = { sub_id: subId, datetime: TEST_NOW_MS + 1000, campaign_id: 1, visitor_code: 'v1', ...more }
  await backend.events.insertLines('clicks', [toLine('clicks', click, clicks)], 'm')
  const { status, body } = await backend.call('GET', `/clicks/${subId}/explain`)
  assert.equal(status, 200, JSON.stringify(body))
  assert.deepEqual(z.strictObject(explainAnswer.shape).parse(body), body)
  return body
}

const poland = { country: 'PL', is_bot: 1 }
const cases: readonly [
  name: string,
  click: Record<string, string | number>,
  deadEnd: string | null,
  summary: RegExp,
][] = [
  ['no stream', { trace: '' }, 'no_stream', /^The campaign had no stream to try.*Add a stream.*empty page\.$/],
  [
    'one stream that refuses',
    { ...poland, trace: '1!country@0' },
    'no_match',
    /^The only stream tried refused.*add a default stream\. Filter Country: visitor PL, wanted US or CA\. The visitor got an empty page\.$/,
  ],
  [
    'streams that refuse, the last by all of its filters',
    { ...poland, trace: '1!country@0;2!bot@1' },
    'no_match',
    /^Each of the 2 streams tried refused.*No filter said yes\. Country: visitor PL, wanted US or CA; Bot: visitor a bot, wanted anything but a bot\./,
  ],
  [
    'nothing to show',
    { ...poland, trace: '1!country@0;3-' },
    'nothing_to_show',
    /^Stream 3 \(Empty\) would have taken the click but had nothing to show.*Switch one on/,
  ],
  [
    'an offer',
    { ...poland, stream_id: 4, offer_id: 1, destination: 'https://tea.example/', trace: '1!country@0;3-;4=' },
    null,
    /^Stream 4 \(Rest\) took the click after 2 other streams passed it on and sent the visitor to offer 1 \(Tea\) \(https:\/\/tea\.example\/\)\.$/,
  ],
  [
    'an offer, since erased',
    { stream_id: 4, offer_id: 1, destination: '', trace: '4=', visitor_code: '' },
    null,
    /^Stream 4 \(Rest\) took the click\. Where it led was erased with what told of the visitor\.$/,
  ],
  [
    'an offer in place of one that was full',
    { ...poland, stream_id: 4, offer_id: 1, destination: 'https://tea.example/', trace: '4=^99' },
    null,
    /sent the visitor to offer 1 \(Tea\) \(https:\/\/tea\.example\/\) in place of offer 99, which had reached the daily cap\.$/,
  ],
  [
    'a visitor who is bound',
    { stream_id: 4, offer_id: 1, destination: 'https://tea.example/', trace: '4~' },
    null,
    /^Stream 4 \(Rest\) took the click, because the visitor is bound to it, and sent/,
  ],
  [
    'a landing page and on',
    {
      stream_id: 4,
      landing_id: 1,
      offer_id: 1,
      destination: 'https://tea.example/',
      landing_clicked_datetime: TEST_NOW_MS + 2000,
      trace: '4=',
    },
    null,
    /showed the visitor landing page 1 \(Story\), who went on to offer 1 \(Tea\)/,
  ],
  [
    'a landing page only',
    { stream_id: 4, landing_id: 1, destination: 'https://story.example/', trace: '4=' },
    null,
    /showed the visitor landing page 1 \(Story\) \(https/,
  ],
  [
    'a URL that is none',
    { stream_id: 4, offer_id: 1, trace: '4=' },
    'no_url',
    /but its destination gave no web address.*Check the URL of offer 1 \(Tea\)\.$/,
  ],
  [
    'another campaign, off',
    { stream_id: 5, destination: 'Send to campaign', trace: '5=' },
    null,
    /handed the visitor to campaign 2, which is not active now/,
  ],
  [
    'its own campaign',
    { stream_id: 6, destination: 'Send to campaign', trace: '6=' },
    null,
    /which is its own, so the visitor got an empty page/,
  ],
  [
    'a stream that is gone',
    { stream_id: 99, destination: 'Do nothing', trace: '99=' },
    null,
    /^Stream 99 took the click and answered the visitor by itself \(Do nothing\)\.$/,
  ],
  [
    'a URL of the stream',
    { stream_id: 7, destination: 'https://to.example/?k=', trace: '7=' },
    null,
    /^Stream 7 took the click and sent the visitor to https:\/\/to\.example\/\?k=\.$/,
  ],
  [
    'a page that was fetched',
    { stream_id: 8, destination: 'https://page.example/', trace: '8=' },
    null,
    /took the click and showed the visitor https:\/\/page\.example\/\.$/,
  ],
  [
    'a page that could not be fetched',
    { stream_id: 8, destination: 'https://page.example/ (not shown: it answered with status 500)', trace: '8=' },
    'not_fetched',
    /, but what was to be shown could not be fetched, and there is no fallback: https:.*status 500\)\. Check the URL of stream 8\.$/,
  ],
  [
    'a fallback',
    { stream_id: 8, destination: 'https://b.example/ (instead of https://page.example/: it is slow)', trace: '8=' },
    null,
    /could not be fetched, so the visitor got the fallback: https:\/\/b\.example\/ \(instead of https/,
  ],
  [
    'a site whose page stays',
    { stream_id: 4, trace: '#in:api+defers;4=' },
    null,
    /^Stream 4 \(Rest\) took the click: the page of the site stays, and its link to the offer was not followed yet\.$/,
  ],
  [
    'a page that says which landing page it is, and its link',
    {
      ...{ stream_id: 4, landing_id: 1, offer_id: 1, destination: 'https://tea.example/', landing_clicked: 1 },
      ...{ landing_clicked_datetime: TEST_NOW_MS + 2000, trace: '#bot:ip;#in:page+defers+stated;4=' },
    },
    null,
    /took the click and the visitor followed the link of the page of the site, which calls itself landing page 1 \(Story\), to offer 1 \(Tea\) \(https:\/\/tea\.example\/\)\.$/,
  ],
  [
    'a site that is told where to send the visitor',
    { stream_id: 4, offer_id: 1, destination: 'https://tea.example/', trace: '#in:api;4=' },
    null,
    /sent the visitor to offer 1 \(Tea\) \(https:\/\/tea\.example\/\)\. A site asked by the Click API, and carried this out itself\.$/,
  ],
  [
    'a site, and a URL that is none',
    { stream_id: 7, trace: '#in:api+defers;7=' },
    'no_url',
    /but its destination gave no web address.*Check the URL of stream 7\.$/,
  ],
  [
    'a visit that was only counted',
    { stream_id: 4, trace: '#in:visit;4=' },
    null,
    /^Stream 4 \(Rest\) took the click, which counts the visit of a page: a tracking script or a pixel shows nothing of the campaign\.$/,
  ],
  [
    'a frame',
    { stream_id: 7, destination: 'https://to.example/?k=', trace: '#in:iframe;7=' },
    null,
    /sent the visitor to https:\/\/to\.example\/\?k=\. A frame of another page loaded it, so this is seen inside the frame\.$/,
  ],
]

describe('why a click went where it went', () => {
  for (const [name, click, deadEnd, summary] of cases) {
    it(`${name}: ${deadEnd ?? 'a destination'}`, async () => {
      const body = await explain(click)
      assert.match(body.summary, summary)
      assert.equal(body.dead_end, deadEnd)
      assert.deepEqual(Object.keys(body).slice(0, 3), ['sub_id', 'summary', 'dead_end'])
    })
  }
  it('tells the way a click came, and draws nothing that waits for a link', async () => {
    const visit = await explain({ stream_id: 4, trace: '#in:visit;4=' })
    assert.deepEqual([visit.came_by, visit.action, visit.choice.draws, visit.macros], ['visit', null, [], []])
    const at = { stream_id: 4, offer_id: 1, destination: 'https://tea.example/', trace: '4=' }
    const direct = await explain(at)
    assert.deepEqual([direct.came_by, direct.action], ['direct', 'http'])
    assert.equal(direct.choice.draws[0].taken_id, 1)
  })
  it('tells macros as they were printed in the place where they stand', async () => {
    for (const stream_id of [9, 10]) {
      const { macros } = await explain({ stream_id, keyword: '<a&"b">', destination: 'HTML', trace: `${stream_id}=` })
      assert.deepEqual(
        macros.map(({ value }: { value: string }) => value),
        ['&lt;a&amp;&quot;b&quot;&gt;', '&lt;a&amp;&quot;b&quot;&gt;', '\\u003ca\\u0026\\u0022b\\u0022\\u003e'],
      )
    }
  })
  it('says why a visitor counts as a bot', async () => {
    const reasonOf = async (more: object) =>
      (await explain({ stream_id: 4, trace: '4=', is_bot: 1, ...more })).detection.bot_reason
    assert.equal(await reasonOf({}), 'No user agent was sent.')
    assert.match(await reasonOf({ user_agent: 'curl/8.4.0' }), /^The user agent is that of a program \("curl/)
    assert.match(await reasonOf({ user_agent: 'Firefox', trace: '#bot:ip;4=' }), /^The address was on the bot list/)
    assert.equal(await reasonOf({ user_agent: 'Firefox', is_bot: 0 }), null)
  })
  it('shows beside each filter what the visitor had', async () => {
    const { streams } = await explain({ ...poland, trace: '1!country@0;2!bot@1' })
    assert.partialDeepStrictEqual(streams[0].failed_filter, { name: 'country', visitor: 'PL', wanted: 'US or CA' })
    assert.deepEqual(
      streams[1].failed_filters.map(({ name, visitor }: { name: string; visitor: string }) => [name, visitor]),
      [
        ['country', 'PL'],
        ['bot', 'a bot'],
      ],
    )
  })
  it('tells of each stream whether the visit was the first to it, not to the one that took the click', async () => {
    const { id: campaign_id } = await backend.create('campaigns', { alias: 'again', name: 'Again' })
    const toStream = (mode: string) => ({ name: 'uniqueness', mode, payload: 'stream' })
    const us = { name: 'country', mode: 'accept', payload: ['US'] }
    const returning = await backend.create('streams', { campaign_id, filters: [toStream('reject')] })
    const fresh = await backend.create('streams', { campaign_id, filters: [toStream('accept'), us] })
    const later = await backend.create('streams', { campaign_id, filters: [us, toStream('accept')] })
    const rest = await backend.create('streams', {
      campaign_id,
      filters: [toStream('reject')],
      offers: [{ offer_id: 1 }],
    })
    const trace = `${returning.id}!uniqueness@0;${fresh.id}!country@1;${later.id}!country@0;${rest.id}=`
    const click = { campaign_id, stream_id: rest.id, offer_id: 1, country: 'PL', is_unique_stream: 0, trace }
    const { streams } = await explain(click)
    assert.match(streams[0].reason, /visitor a first visit, wanted anything but the first visit to the stream/)
    assert.deepEqual(
      streams.map(({ filters }: { filters: { visitor: string | null }[] }) => filters.map(({ visitor }) => visitor)),
      [['a first visit'], ['a first visit', 'PL'], ['PL', null], ['a repeated visit']],
    )
  })
  it('says unknown of what could not be found out, and nothing of what is merely empty', async () => {
    const { detection } = await explain({ trace: '' })
    assert.partialDeepStrictEqual(detection, {
      ...{
        country: 'unknown',
        city: 'unknown',
        asn: 'unknown',
        os: 'unknown',
        browser: 'unknown',
        operator: 'unknown',
      },
      ...{ referrer: '', search_engine: '', is_bot: false },
    })
  })
})
