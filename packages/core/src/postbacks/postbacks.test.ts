import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { z } from 'zod'
import { onlyCurrency } from '../currency/exchange.ts'
import type { FieldsOf } from '../entities/index.ts'
import { parseNewFields } from '../entities/parse.ts'
import type { ConversionFacts } from './conversion-facts.ts'
import { planPostbackRequest } from './plan-postback-request.ts'
import { postbackRefusal } from './postback-refusal.ts'

const row = z.record(z.string(), z.union([z.string(), z.number()])).default({})
const about = { name: z.string(), postback: z.record(z.string(), z.unknown()), click: row, conversion: row }
const { requests, conditions } = z
  .object({
    requests: z.array(
      z.object({
        ...about,
        sends: z.object({
          method: z.string(),
          url: z.string(),
          headers: z.record(z.string(), z.string()).optional(),
          body: z.string().nullable(),
        }),
      }),
    ),
    conditions: z.array(z.object({ ...about, refusal: z.string().nullable() })),
  })
  .parse(JSON.parse(readFileSync(new URL('../../cases/postbacks.json', import.meta.url), 'utf8')))

const factsOf = (click: ConversionFacts['click'], conversion: ConversionFacts['conversion']): ConversionFacts => ({
  atMs: Date.UTC(2026, 1, 3, 14, 5, 9),
  click: { sub_id: '1abc2def000000abc', campaign_id: 7, ...click },
  conversion: { status: 'sale', original_status: 'sale', revenue: 12_500_000, ...conversion },
  campaign: { id: 7, name: 'Spring MX', parameters: { sub_id_2: { name: 'zone' } } },
  stream: { id: 3, name: '' },
  landing: null,
  offer: { id: 5, name: 'Shoes' },
  trafficSource: { id: 2, name: 'News' },
  fileText: (name) => (name === 'key.txt' ? 'k&1' : ''),
  exchange: onlyCurrency('USD'),
})

function postbackOf(fields: Readonly<Record<string, unknown>>): FieldsOf<'postbacks'> {
  const parsed = parseNewFields('postbacks', { name: 'To CRM', url: 'https://pb.example/', ...fields })
  assert.ok(parsed.ok, JSON.stringify(parsed))
  return parsed.value
}

describe('the request of a postback', () => {
  for (const { name, postback, click, conversion, sends } of requests)
    it(name, () => {
      assert.partialDeepStrictEqual(planPostbackRequest(postbackOf(postback), factsOf(click, conversion)), sends)
    })

  it('goes to the configured host and is one line, whatever a visitor sends', () => {
    const postback = postbackOf({
      url: 'https://pb.example/a/{_source}/{_keyword}?x={_sub_id_1}&u={user_agent}',
      headers: { 'X-A': '{_source} {keyword}' },
    })
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        const click = { source: value, keyword: value, sub_id_1: value, user_agent: value }
        const { url, headers } = planPostbackRequest(postback, factsOf(click, {}))
        assert.equal(new URL(url).origin, 'https://pb.example')
        assert.match(url, /^[\x21-\x7e]+$/)
        assert.match(headers['x-a'] ?? '', /^[\x20-\x7e]*$/)
      }),
    )
  })
})

describe('whether a postback is sent', () => {
  for (const { name, postback, click, conversion, refusal } of conditions)
    it(name, () => {
      assert.equal(postbackRefusal(postbackOf(postback), factsOf(click, conversion)), refusal)
    })
})

describe('the fields of a postback', () => {
  it('are taken in the forms clients send', () => {
    const fields = postbackOf({
      status: 0,
      trigger: 'sale',
      method: 'post',
      campaigns: [3, '4', 3],
      countries: 'de, mx,',
      lead_statuses: ['Hold', 'new'],
      timeout: '5',
      headers: { header: [{ name: 'X-A', value: 1 }] },
      params: '[{"key":"a","value":"{subid}"}]',
    })
    assert.partialDeepStrictEqual(fields, {
      status: 'inactive',
      trigger: 'sales',
      method: 'POST',
      campaigns: '3,4',
      countries: 'DE,MX',
      lead_statuses: 'hold,new',
      timeout: 5,
      headers: { 'X-A': '1' },
      params: { a: '{subid}' },
      retries: 3,
      currency: null,
    })
    assert.deepEqual(postbackOf({ ...fields }), fields)
  })

  for (const [wrong, at] of [
    [{ name: '' }, 'name'],
    [{ url: '' }, 'url'],
    [{ url: 'javascript:alert(1)' }, 'url'],
    [{ url: 'https://{source}/x' }, 'url'],
    [{ url: 'https://crm.example.{source}/x' }, 'url'],
    [{ url: 'https://' }, 'url'],
    [{ url: ['https://a.example'] }, 'url'],
    [{ status: 'sleeping' }, 'status'],
    [{ trigger: 'never' }, 'trigger'],
    [{ method: 'PATCH' }, 'method'],
    [{ campaigns: 'all' }, 'campaigns'],
    [{ campaigns: '-1' }, 'campaigns'],
    [{ countries: 'Germany' }, 'countries'],
    [{ lead_statuses: { a: 1 } }, 'lead_statuses'],
    [{ timeout: 0 }, 'timeout'],
    [{ timeout: 'long' }, 'timeout'],
    [{ retries: 21 }, 'retries'],
    [{ retry_delay: -1 }, 'retry_delay'],
    [{ currency: 'EU-RO' }, 'currency'],
    [{ headers: 'X: y' }, 'headers'],
    [{ headers: { 'X A': 'y' } }, 'headers'],
    [{ headers: { Host: 'y' } }, 'headers'],
    [{ params: [1] }, 'params'],
    [{ params: { a: { b: 1 } } }, 'params.a'],
  ] as const)
    it(`refuse ${JSON.stringify(wrong)}`, () => {
      const parsed = parseNewFields('postbacks', { name: 'To CRM', url: 'https://pb.example/', ...wrong })
      assert.ok(!parsed.ok)
      assert.deepEqual([...new Set(parsed.problems.map((problem) => problem.at))], [at])
      for (const { message } of parsed.problems) assert.doesNotMatch(message, /Invalid/)
    })
})
