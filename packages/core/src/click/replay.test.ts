import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { ClickRow } from '../events/click-columns.ts'
import { withMarks } from '../screen/marks.ts'
import { bundles, clicks, visitors } from './arbitraries.test.ts'
import type { CampaignBundle } from './bundle.ts'
import { asCame, type CameBy, DIRECT, encodeCameBy } from './came-by.ts'
import type { Click, VisitorState } from './click.ts'
import { type CompiledCampaign, compileCampaign } from './compile.ts'
import { decide, decideOffer } from './decide.ts'
import { makeBundle, makeClick } from './fixtures.ts'
import { createReplay } from './replay.ts'
import { encodeTrace } from './trace.ts'

function compiled(bundle: CampaignBundle): CompiledCampaign {
  const result = compileCampaign(bundle)
  assert.ok(result.ok, JSON.stringify(result))
  return result.value
}

/** The row a click leaves, as the tracker writes it; `goesOn` follows the link of the landing page. */
function record(
  campaign: CompiledCampaign,
  click: Click,
  visitor: VisitorState,
  goesOn = false,
  named = 0,
  came: CameBy = DIRECT,
): ClickRow {
  const { stream, landing, offer, trace, reachesOffer } = asCame(decide(campaign, click, visitor), came)
  // A page that stands for the landing page has links to the offers, too.
  const hasLink = landing !== null || came.way !== 'direct'
  const isStated = came.isLandingStated && landing === null
  const reached =
    goesOn && hasLink && !reachesOffer && stream?.action === null
      ? decideOffer(campaign, stream, click.roll, offer ? null : named || null, offer?.id ?? null)?.offer
      : undefined
  return {
    datetime: click.atMs,
    roll: click.roll,
    ip: click.ip,
    country: click.geo.country,
    region: click.geo.region,
    city: click.geo.city,
    isp: click.geo.isp,
    is_datacenter: Number(click.geo.isDatacenter),
    device_type: click.device.type,
    browser: click.device.browser,
    x_requested_with: click.xRequestedWith,
    language: click.language,
    os: click.device.os,
    os_version: click.device.osVersion,
    referrer: click.referrer,
    is_bot: Number(click.isBot),
    is_using_proxy: Number(click.isProxy),
    is_unique_campaign: Number(visitor.isUniqueCampaign),
    is_unique_global: Number(visitor.isUniqueGlobal),
    is_unique_stream: Number(stream !== null && !visitor.seenStreams.has(stream.id)),
    stream_id: stream?.id ?? 0,
    landing_id: landing?.id ?? (isStated ? 77 : 0),
    offer_id: reached?.id ?? offer?.id ?? 0,
    landing_clicked: Number(reached !== undefined),
    trace: withMarks(encodeCameBy({ ...came, isLandingStated: isStated }), encodeTrace(trace)),
    ...click.slots,
  }
}

describe('replay', () => {
  test('under the configuration that decided, every click goes where it went', () => {
    fc.assert(
      fc.property(
        bundles,
        clicks,
        visitors,
        fc.boolean(),
        fc.nat(3),
        ways,
        (bundle, click, visitor, goesOn, named, came) => {
          const campaign = compiled(bundle)
          const row = record(campaign, click, visitor, goesOn, named, came)
          const replayed = createReplay(campaign, compiled(structuredClone(bundle)))(row)
          assert.ok(replayed)
          assert.deepEqual(replayed.now, replayed.recorded)
          assert.deepEqual(replayed.draft, replayed.now)
          assert.equal(replayed.isChangedSince, false)
        },
      ),
      { numRuns: 2000 },
    )
  })

  const split = (shares: readonly number[]): CampaignBundle =>
    makeBundle({
      streams: [{ offers: shares.map((share, index) => ({ offer_id: index + 1, share })) }],
      offers: shares.map(() => ({})),
    })
  test('a changed share moves some visitors to where the share grew, and nobody else', () => {
    const [now, draft] = [compiled(split([50, 50])), compiled(split([80, 20]))]
    const replay = createReplay(now, draft)
    const moves = new Map<string, number>()
    for (let i = 0; i < 4000; i++) {
      const click = makeClick({ roll: (i * 2_654_435_769) >>> 0 })
      const replayed = replay(record(now, click, { ...NOBODY }))
      const key = `${replayed?.now.offerId}>${replayed?.draft.offerId}`
      moves.set(key, (moves.get(key) ?? 0) + 1)
    }
    assert.equal(moves.get('1>2'), undefined)
    assert.ok(Math.abs((moves.get('2>1') ?? 0) / 4000 - 0.3) < 0.03, JSON.stringify([...moves]))
  })

  test('a filter that is not stored counts as it did, until the stream asks something else', () => {
    const bundle = (payload: object, name = 'limit') =>
      compiled(
        makeBundle({
          streams: [
            { filters: [{ name, payload }], offers: [{ offer_id: 1 }] },
            { type: 'default', offers: [{ offer_id: 2 }] },
          ],
          offers: [{}, {}],
        }),
      )
    const now = bundle({ per_hour: 1 })
    const full: VisitorState = { ...NOBODY, limits: new Map([[1, { hour: 1, day: 1, total: 1 }]]) }
    const row = record(now, makeClick(), full)
    assert.equal(row.offer_id, 2)
    assert.equal(createReplay(now, bundle({ per_hour: 1 }))(row)?.draft.offerId, 2)
    assert.equal(createReplay(now, bundle({ per_hour: 9 }))(row)?.draft.offerId, 1)
  })

  test('a stream that turned a visitor away for a second visit goes on doing so when something else of it changes', () => {
    const toStream = (mode: string) => ({ name: 'uniqueness', mode, payload: 'stream' })
    const countries = (...payload: string[]) => ({ name: 'country', mode: 'accept', payload })
    const bundle = (filters: readonly object[], filter_or = false) =>
      compiled(
        makeBundle({
          streams: [
            { filters, filter_or, offers: [{ offer_id: 1 }] },
            { type: 'default', offers: [{ offer_id: 2 }] },
          ],
          offers: [{}, {}],
        }),
      )
    const click = makeClick({ geo: { ...makeClick().geo, country: 'PL' } })
    const again: VisitorState = { ...NOBODY, seenStreams: new Set([1]) }
    const cases: readonly [now: readonly object[], draft: readonly object[], visitor: VisitorState, offerId: number][] =
      [
        [[toStream('accept'), countries('US')], [toStream('accept'), countries('US', 'PL')], again, 2],
        [[toStream('accept'), countries('US')], [toStream('accept'), countries('US', 'PL')], NOBODY, 1],
        [[toStream('reject'), countries('US')], [toStream('reject'), countries('US', 'PL')], again, 1],
        [[toStream('reject'), countries('US')], [toStream('reject'), countries('US', 'PL')], NOBODY, 2],
      ]
    for (const [filters, changed, visitor, offerId] of cases) {
      const row = record(bundle(filters), click, visitor)
      assert.equal(row.offer_id, 2)
      assert.equal(createReplay(bundle(filters), bundle(changed))(row)?.draft.offerId, offerId)
    }
    // Any of the filters would have done, so each of them said no.
    const either = [countries('US'), toStream('accept')]
    const row = record(bundle(either, true), click, again)
    assert.equal(row.offer_id, 2)
    assert.equal(
      createReplay(bundle(either, true), bundle([countries('CA'), toStream('accept')], true))(row)?.draft.offerId,
      2,
    )
  })

  test('visitors of a landing page that is new to them may or may not go on', () => {
    const now = compiled(split([100]))
    const draft = compiled(
      makeBundle({
        streams: [{ landings: [{ landing_id: 1 }], offers: [{ offer_id: 1 }] }],
        landings: [{}],
        offers: [{}],
      }),
    )
    const row = record(now, makeClick(), NOBODY)
    assert.deepEqual(createReplay(now, draft)(row)?.draft, { streamId: 1, landingId: 1, offerId: 1, reaches: null })
    const back = record(draft, makeClick(), NOBODY, true)
    assert.deepEqual(createReplay(draft, now)(back)?.draft, { streamId: 1, landingId: 0, offerId: 1, reaches: true })
  })

  test('what a page only counted, or leads on by its own link, is reached no sooner under a draft', () => {
    const counts = (came: Partial<CameBy>, goesOn = false) => {
      const [now, draft] = [compiled(split([100, 0])), compiled(split([0, 100]))]
      return createReplay(now, draft)(record(now, makeClick(), NOBODY, goesOn, 0, { ...DIRECT, ...came }))?.draft
    }
    const place = { streamId: 1, landingId: 0 }
    assert.deepEqual(counts({}), { ...place, offerId: 2, reaches: true })
    for (const came of [{ way: 'visit' }, { way: 'api', defersOffer: true }] as const) {
      assert.deepEqual(counts(came), { ...place, offerId: 0, reaches: false })
      assert.deepEqual(counts(came, true), { ...place, offerId: 2, reaches: true })
    }
  })

  test('clicks that a list turned away are not decided', () => {
    const now = compiled(split([100]))
    assert.equal(createReplay(now, now)({ trace: '#block:4' }), null)
  })
})

/** Clicks of browsers, of sites that ask for the offer later or at once, and visits that are only counted. */
const ways: fc.Arbitrary<CameBy> = fc.oneof(
  fc.constant(DIRECT),
  fc.record({ way: fc.constantFrom('api', 'page'), defersOffer: fc.boolean(), isLandingStated: fc.boolean() }),
  fc.record({ way: fc.constant('visit'), defersOffer: fc.constant(false), isLandingStated: fc.boolean() }),
)

const NOBODY: VisitorState = {
  isUniqueCampaign: true,
  isUniqueGlobal: true,
  seenStreams: new Set(),
  limits: new Map(),
  binding: null,
}
