import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { z } from 'zod'
import { compileFilter, filters } from '../filters/index.ts'
import { compileFilterSets } from '../filters/sets.ts'
import { type Click, NEW_VISITOR } from './click.ts'
import { type CompiledCampaign, compileCampaign, validateStream } from './compile.ts'
import { decide, decideOffer } from './decide.ts'
import { type BundleInput, type ClickInput, makeBundle, makeClick } from './fixtures.ts'
import { encodeTrace } from './trace.ts'

const record = z.record(z.string(), z.unknown())
const records = z.array(record).optional()
/** A new one each, as the sets in it are not frozen. */
const FIRST_VISIT_LIKE = () => ({ isUniqueCampaign: true, isUniqueGlobal: true, seenStreams: new Set<number>() })
const seenInput = z
  .object({
    isUniqueCampaign: z.boolean().default(true),
    isUniqueGlobal: z.boolean().default(true),
    seenStreams: z
      .array(z.number())
      .default([])
      .transform((ids) => new Set(ids)),
  })
  .strict()
const limitsInput = z
  .record(z.string(), z.object({ hour: z.number(), day: z.number(), total: z.number() }))
  .transform((limits) => new Map(Object.entries(limits).map(([key, counts]) => [Number(key), counts])))
const visitorInput = seenInput
  .extend({
    byIp: seenInput.default(FIRST_VISIT_LIKE),
    byCookie: seenInput.default(FIRST_VISIT_LIKE),
    limits: limitsInput.default(new Map()),
    limitsIn: z
      .record(z.string(), limitsInput)
      .transform((zones) => new Map(Object.entries(zones)))
      .default(new Map()),
    binding: z
      .object({ streamId: z.number(), landingId: z.number().nullable(), offerId: z.number().nullable() })
      .nullable()
      .default(null),
  })
  .strict()
const clickInput = z.custom<ClickInput>((value) => typeof value === 'object').optional()
const id = z.number().nullable()
const table = z
  .object({
    filters: z.array(
      z.object({
        name: z.string(),
        filter: z.string(),
        payload: z.unknown(),
        click: clickInput,
        visitor: visitorInput.optional(),
        filterSets: records,
        matches: z.boolean(),
      }),
    ),
    decisions: z.array(
      z.object({
        name: z.string(),
        campaign: record.optional(),
        streams: z.array(record),
        landings: records,
        offers: records,
        filterSets: records,
        click: clickInput,
        visitor: visitorInput.optional(),
        expect: z.object({
          stream: id,
          landing: id.optional(),
          offer: id.optional(),
          reachesOffer: z.boolean().optional(),
          trace: z.string().optional(),
          traceHas: z.string().optional(),
          deadEnd: z.enum(['no_stream', 'no_match', 'nothing_to_show']).optional(),
        }),
      }),
    ),
    refusals: z.array(
      z.object({
        name: z.string(),
        stream: record,
        landings: records,
        offers: records,
        filterSets: records,
        at: z.string(),
        says: z.string(),
      }),
    ),
  })
  .parse(JSON.parse(readFileSync(new URL('../../cases/decisions.json', import.meta.url), 'utf8')))

function compiled(input: BundleInput): CompiledCampaign {
  const result = compileCampaign(makeBundle(input))
  assert.ok(result.ok, JSON.stringify(result))
  return result.value
}

describe('filters', () => {
  for (const { name, filter, payload, click, visitor, filterSets = [], matches } of table.filters) {
    test(`${filter}: ${name} ${matches ? 'matches' : 'does not match'}`, () => {
      for (const mode of ['accept', 'reject'] as const) {
        const sets = compileFilterSets(makeBundle({ filterSets }).filterSets)
        const made = compileFilter({ name: filter, mode, payload }, 'filters.0', sets)
        assert.ok(made.ok, JSON.stringify(made))
        const passes = made.value.passes(makeClick(click), visitor ?? NEW_VISITOR, 1)
        assert.equal(passes, mode === 'accept' ? matches : !matches, mode)
      }
    })
  }
  test('every filter is in the table, once matching and once not', () => {
    const alike = (key: string): string => key.replace(/_\d+$/, '_n')
    for (const key of Object.keys(filters)) {
      const cases = table.filters.filter(({ filter }) => alike(filter) === alike(key))
      assert.ok(cases.length >= 2 || /creative|external|ad_campaign|extra/.test(key), key)
    }
  })
})

describe('decisions', () => {
  for (const { name, click, visitor, expect, ...bundle } of table.decisions) {
    test(name, () => {
      const decision = decide(compiled(bundle), makeClick(click), visitor ?? NEW_VISITOR)
      assert.equal(decision.stream?.id ?? null, expect.stream)
      if (expect.landing !== undefined) assert.equal(decision.landing?.id ?? null, expect.landing, 'landing')
      if (expect.offer !== undefined) assert.equal(decision.offer?.id ?? null, expect.offer, 'offer')
      if (expect.reachesOffer !== undefined) assert.equal(decision.reachesOffer, expect.reachesOffer)
      if (expect.trace !== undefined) assert.equal(encodeTrace(decision.trace), expect.trace)
      if (expect.traceHas !== undefined) assert.ok(encodeTrace(decision.trace).split(';').includes(expect.traceHas))
      assert.equal(decision.action === null, expect.stream === null)
      assert.equal(decision.deadEnd === null, expect.stream !== null)
      if (expect.deadEnd !== undefined) assert.equal(decision.deadEnd, expect.deadEnd)
    })
  }
})

describe('refused when saved', () => {
  for (const { name, stream, at, says, ...members } of table.refusals) {
    test(name, () => {
      const bundle = makeBundle({ streams: [stream], ...members })
      const [parsed] = bundle.streams
      assert.ok(parsed)
      const result = validateStream(parsed, bundle)
      assert.ok(!result.ok)
      assert.equal(result.problems[0]?.at, at)
      assert.ok(result.problems[0]?.message.includes(says), result.problems[0]?.message)
    })
  }
  test('a campaign names the stream at fault', () => {
    const result = compileCampaign(
      makeBundle({
        streams: [
          { schema: 'action', action_type: 'do_nothing' },
          {
            schema: 'redirect',
            action_payload: 'https://a.example',
            filters: [{ name: 'country', payload: ['US'] }, { name: 'country' }],
          },
        ],
      }),
    )
    assert.ok(!result.ok)
    assert.deepEqual(
      result.problems.map(({ at }) => at),
      ['streams.1.filters.1.payload'],
    )
  })
})

describe('what a compiled campaign asks of the shell', () => {
  test('a campaign without limit filters and binding needs neither', () => {
    const { needs } = compiled({
      streams: [{ schema: 'action', action_type: 'do_nothing', filters: [{ name: 'bot', mode: 'reject' }] }],
    })
    assert.deepEqual(needs, { limitStreamIds: [], limitZones: [], seenBy: [], binding: null })
  })
  test('needs are those of the streams whose filters count', () => {
    const stream = { schema: 'action', action_type: 'do_nothing' }
    const limited = { ...stream, filters: [{ name: 'limit', payload: { total: 5 } }] }
    const { needs, bindTtlMs, cookiesTtlMs } = compiled({
      campaign: { type: 'weight', bind_visitors: 'sl', bind_visitors_ttl: 2 },
      streams: [
        stream,
        limited,
        { ...limited, type: 'default' },
        { ...stream, filters: [{ name: 'uniqueness', payload: 'global' }] },
      ],
    })
    assert.deepEqual(needs, { limitStreamIds: [2], limitZones: [], seenBy: [], binding: 'sl' })
    assert.equal(bindTtlMs, 7_200_000)
    assert.equal(cookiesTtlMs, 86_400_000)
  })
})

describe('what filters in sets and time zones ask of the shell', () => {
  test('uniqueness by address and cookie and zones of limits are named, also by way of a stored set', () => {
    const stream = { schema: 'action', action_type: 'do_nothing' }
    const tokyo = { name: 'limit', payload: { per_day: 5, timezone: 'Asia/Tokyo' } }
    const { needs } = compiled({
      streams: [
        { ...stream, filters: [tokyo, { name: 'limit', payload: { per_hour: 5 } }] },
        { ...stream, filters: [{ name: 'filter_set', payload: [1] }] },
        { ...stream, type: 'default', filters: [{ name: 'uniqueness_ip' }] },
      ],
      filterSets: [{ filters: [tokyo, { name: 'uniqueness_cookies' }] }],
    })
    assert.deepEqual(needs, {
      limitStreamIds: [1],
      limitZones: [{ timeZone: 'Asia/Tokyo', streamIds: [1, 2] }],
      seenBy: ['cookie'],
      binding: null,
    })
  })
})

describe('from landing page to offer', () => {
  const after = compiled({
    streams: [
      {
        landings: [{ landing_id: 1 }],
        offers: [{ offer_id: 1 }, { offer_id: 2, share: 0 }, { offer_id: 3, state: 'disabled' }],
      },
    ],
    landings: [{}],
    offers: [{}, {}, {}, {}],
  })
  const stream = after.streamsById.get(1)
  assert.ok(stream)
  test('a link may name any active offer of the stream, even one without a share', () => {
    assert.equal(decideOffer(after, stream, 5, 2, null)?.offer.id, 2)
  })
  test('an offer switched off or of another stream is not reached by naming it', () => {
    for (const wanted of [3, 4, 99]) assert.equal(decideOffer(after, stream, 5, wanted, null)?.offer.id, 1)
  })
  test('the remembered offer is kept while it has a share', () => {
    assert.equal(decideOffer(after, stream, 5, null, 1)?.offer.id, 1)
    assert.equal(decideOffer(after, stream, 5, null, 2)?.offer.id, 1)
  })
  test('chosen before the click, links choose no other', () => {
    const before = compiled({
      streams: [
        { landings: [{ landing_id: 1 }], offers: [{ offer_id: 1 }, { offer_id: 2 }], offer_selection: 'before_click' },
      ],
      landings: [{}],
      offers: [{}, {}],
    })
    const click: Click = makeClick({ roll: 77 })
    const decision = decide(before, click, NEW_VISITOR)
    assert.ok(decision.stream && decision.offer)
    for (const wanted of [1, 2, null])
      assert.equal(decideOffer(before, decision.stream, click.roll, wanted, null)?.offer.id, decision.offer.id)
  })
})
