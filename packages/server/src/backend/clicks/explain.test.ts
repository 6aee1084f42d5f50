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
})
after(() => backend.close())

let clicks = 0
async function explain(more: Record<string, string | number>) {
  const subId = `${TEST_NOW_MS.toString(36).padStart(8, '0')}${String(++clicks).padStart(9, '0')}`
  const click = { sub_id: subId, datetime: TEST_NOW_MS + 1000, campaign_id: 1, ...more }
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
    /^Stream 99 took the click and answered the visitor by itself/,
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
