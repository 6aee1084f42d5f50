import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { withinCaps } from './caps.ts'
import { NEW_VISITOR } from './click.ts'
import { compileCampaign } from './compile.ts'
import { decide, decideOffer } from './decide.ts'
import { makeBundle, makeClick } from './fixtures.ts'
import { encodeTrace, withCappedOffers } from './trace.ts'

const AT_MS = makeClick().atMs
const TOMORROW = AT_MS + 43_200_000
const capped = (alternative: number | null, more: object = {}) => ({
  conversion_cap_enabled: true,
  daily_cap: 5,
  alternative_offer_id: alternative,
  ...more,
})

/** A stream with offer 1 alone; the others are alternatives only. */
function campaignOf(offers: readonly object[], stream: object = {}) {
  const compiled = compileCampaign(
    makeBundle({
      campaign: { type: 'weight' },
      streams: [{ offers: [{ offer_id: 1 }], ...stream }],
      offers: offers.map((offer) => ({ ...offer })),
      landings: [{}],
    }),
  )
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems))
  return compiled.value
}

const full = (...ids: number[]) => new Map(ids.map((id) => [id, TOMORROW]))
const chosen = (offers: readonly object[], ids: readonly number[], atMs = AT_MS) => {
  const decision = decide(campaignOf(offers), makeClick({ atMs }), NEW_VISITOR, full(...ids))
  return [decision.offer?.id, encodeTrace(decision.trace)]
}

describe('daily caps', () => {
  const cases: readonly [name: string, offers: readonly object[], full: readonly number[], expected: unknown][] = [
    ['an offer that is not full keeps its visitors', [capped(2), {}], [], [1, '1=']],
    ['a full one passes them on', [capped(2), {}], [1], [2, '1=^1']],
    ['and so does a full alternative', [capped(2), capped(3), {}], [1, 2], [3, '1=^1^2']],
    ['an alternative that is not full ends the chain', [capped(2), capped(3), {}], [1], [2, '1=^1']],
    ['without an alternative the cap has no effect', [capped(null)], [1], [1, '1=']],
    ['an archived alternative is none', [capped(2), { state: 'deleted' }], [1], [1, '1=']],
    ['a disabled alternative is none', [capped(2), { state: 'disabled' }], [1], [1, '1=']],
    ['the last of a chain keeps visitors when it is full', [capped(2), capped(null)], [1, 2], [2, '1=^1']],
    ['a circle in which all are full leads back to the first', [capped(2), capped(1)], [1, 2], [1, '1=']],
    ['an offer that is its own alternative keeps its visitors', [capped(1)], [1], [1, '1=']],
    ['a cap that is switched off has no effect', [capped(2, { conversion_cap_enabled: false }), {}], [1], [1, '1=']],
    ['a cap of 0 is no cap', [capped(2, { daily_cap: 0 }), {}], [1], [1, '1=']],
  ]
  for (const [name, offers, ids, expected] of cases) test(name, () => assert.deepEqual(chosen(offers, ids), expected))

  test('a cap ends by itself at midnight', () => {
    assert.deepEqual(chosen([capped(2), {}], [1], TOMORROW - 1), [2, '1=^1'])
    assert.deepEqual(chosen([capped(2), {}], [1], TOMORROW), [1, '1='])
  })

  test('the step from a landing page heeds it, whether the link names the offer, it is bound, or drawn', () => {
    const campaign = campaignOf([capped(2), {}], { landings: [{ landing_id: 1 }] })
    const stream = campaign.streamsById.get(1)
    assert.ok(stream)
    for (const [wanted, bound] of [
      [1, null],
      [null, 1],
      [null, null],
    ] as const) {
      const choice = decideOffer(campaign, stream, 5, wanted, bound, full(1), AT_MS)
      assert.deepEqual([choice?.offer.id, choice?.cappedOffers], [2, [1]])
    }
  })

  test('a visitor who was passed on before stays with the alternative when the offer is remembered', () => {
    const campaign = campaignOf([capped(2), {}, {}], { landings: [{ landing_id: 1 }] })
    const stream = campaign.streamsById.get(1)
    assert.ok(stream)
    assert.equal(decideOffer(campaign, stream, 5, null, 2)?.offer.id, 2)
    assert.equal(
      decideOffer(campaign, stream, 5, null, 3)?.offer.id,
      1,
      'an offer that nothing leads to is not reached',
    )
  })

  test('whoever is full and has a way on is never reached, and the way always ends', () => {
    const offersArbitrary = fc.array(
      fc.record({ alternative: fc.option(fc.integer({ min: 1, max: 8 })), isFull: fc.boolean() }),
      { minLength: 1, maxLength: 8 },
    )
    fc.assert(
      fc.property(offersArbitrary, (specs) => {
        const { offersById } = campaignOf(specs.map(({ alternative }) => capped(alternative)))
        const caps = full(...specs.flatMap(({ isFull }, index) => (isFull ? [index + 1] : [])))
        const first = offersById.get(1)
        assert.ok(first)
        const { offer, cappedOffers } = withinCaps(first, offersById, caps, AT_MS)
        assert.equal(new Set(cappedOffers).size, cappedOffers.length)
        assert.ok(cappedOffers.every((id) => caps.has(id)))
        const hasWayOn = offersById.has(offer.alternativeOfferId ?? 0)
        // Reached although full: only where the chain ends, or goes in a circle of full ones.
        if (caps.has(offer.id) && hasWayOn) {
          const seen = new Set<number>()
          let id: number | null = 1
          while (id !== null && caps.has(id) && offersById.has(id) && !seen.has(id)) {
            seen.add(id)
            id = offersById.get(id)?.alternativeOfferId ?? null
          }
          assert.ok(id !== null && seen.has(id), 'a circle')
          assert.equal(offer.id, 1)
        }
      }),
    )
  })

  test('what is noted of the step replaces what was noted before, and only there', () => {
    assert.equal(withCappedOffers('#bot:ip;3!country@0;4=', [7, 8]), '#bot:ip;3!country@0;4=^7^8')
    assert.equal(withCappedOffers('4~^7^8', [9]), '4~^9')
    assert.equal(withCappedOffers('4=^7', []), '4=')
    assert.equal(withCappedOffers('', [7]), '')
  })
})
