import fc from 'fast-check'
import type { CampaignBundle } from './bundle.ts'
import type { Click, VisitorState } from './click.ts'
import { makeBundle, makeClick } from './fixtures.ts'

/** Small worlds, so that filters often match and ids often meet. */
const mode = fc.constantFrom('accept', 'reject')
const some = (...values: string[]) => fc.subarray(values, { minLength: 1 })
const filter = fc.oneof(
  fc.record({ name: fc.constant('country'), mode, payload: some('US', 'DE', 'FR') }),
  fc.record({ name: fc.constant('language'), mode, payload: some('en', 'de') }),
  fc.record({ name: fc.constant('os'), mode, payload: some('iOS', 'Android') }),
  fc.record({ name: fc.constant('os_version'), mode, payload: some('1', '1.2', '12') }),
  fc.record({ name: fc.constant('keyword'), mode, payload: some('a*', '*b*', 'ab', '/^b+$/') }),
  fc.record({ name: fc.constant('ip'), mode, payload: some('10.0.0.0/30', '10.0.0.6-10.0.0.7', '10.0.*.9') }),
  fc.record({ name: fc.constant('bot'), mode, payload: fc.constant(null) }),
  fc.record({ name: fc.constant('empty_referrer'), mode, payload: fc.constant(null) }),
  fc.record({ name: fc.constant('uniqueness'), mode, payload: fc.constantFrom('stream', 'campaign', 'global') }),
  fc.record({
    name: fc.constant('limit'),
    mode,
    payload: fc.record({ per_hour: fc.nat(2), total: fc.integer({ min: 1, max: 3 }) }),
  }),
)
const share = fc.constantFrom(0, 1, 50, 100)
const memberState = fc.constantFrom('active', 'active', 'disabled')
const stream = fc.record({
  type: fc.constantFrom('regular', 'regular', 'regular', 'forced', 'default'),
  state: fc.constantFrom('active', 'active', 'active', 'disabled'),
  position: fc.option(fc.nat(4)),
  weight: fc.constantFrom(0, 1, 10, 100),
  schema: fc.constantFrom('landings', 'action'),
  action_type: fc.constant('do_nothing'),
  filter_or: fc.boolean(),
  filters: fc.array(filter, { maxLength: 3 }),
  landings: fc.array(fc.record({ landing_id: fc.integer({ min: 1, max: 3 }), share, state: memberState }), {
    maxLength: 2,
  }),
  offers: fc.array(fc.record({ offer_id: fc.integer({ min: 1, max: 3 }), share, state: memberState }), {
    maxLength: 3,
  }),
  offer_selection: fc.constantFrom('before_click', 'after_click'),
})
const state = fc.constantFrom('active', 'active', 'disabled', 'deleted')
export const bundles: fc.Arbitrary<CampaignBundle> = fc
  .record({
    campaign: fc.record({
      type: fc.constantFrom('position', 'weight'),
      bind_visitors: fc.constantFrom(null, 's', 'sl', 'slo'),
    }),
    streams: fc.array(stream, { maxLength: 6 }),
    landings: fc.array(fc.record({ state }), { maxLength: 2 }),
    offers: fc.array(fc.record({ state }), { maxLength: 3 }),
  })
  .map(makeBundle)
export const clicks: fc.Arbitrary<Click> = fc
  .record({
    roll: fc.nat(2 ** 32 - 1),
    ip: fc.constantFrom('', '10.0.0.3', '10.0.0.6', '10.0.5.9', '10.0.0.5'),
    language: fc.constantFrom('', 'en', 'de', 'fr'),
    referrer: fc.constantFrom('', 'https://a.example/'),
    isBot: fc.boolean(),
    geo: fc.record({ country: fc.constantFrom('', 'US', 'DE', 'FR', 'ES') }),
    device: fc.record({
      os: fc.constantFrom('', 'iOS', 'Android'),
      osVersion: fc.constantFrom('', '1', '1.2.3', '12.1', '2'),
    }),
    slots: fc.record({ keyword: fc.constantFrom('', 'ab', 'ba', 'bbb', 'c') }),
  })
  .map(makeClick)
const id = fc.integer({ min: 1, max: 6 })
export const visitors: fc.Arbitrary<VisitorState> = fc.record({
  isUniqueCampaign: fc.boolean(),
  isUniqueGlobal: fc.boolean(),
  seenStreams: fc.array(id).map((ids) => new Set(ids)),
  limits: fc
    .array(fc.tuple(id, fc.record({ hour: fc.nat(2), day: fc.nat(3), total: fc.nat(4) })))
    .map((counts) => new Map(counts)),
  binding: fc.option(fc.record({ streamId: id, landingId: fc.option(id), offerId: fc.option(id) })),
})
