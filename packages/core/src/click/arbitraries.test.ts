/** Campaigns, clicks and visitors for property tests; a file of tests, because core itself knows no test library. */
import fc from 'fast-check'
import type { CampaignBundle } from './bundle.ts'
import type { Click, VisitorState } from './click.ts'
import { makeBundle, makeClick } from './fixtures.ts'

/** Small worlds, so that filters often match and ids often meet. */
const mode = fc.constantFrom('accept', 'reject')
const some = (...values: string[]) => fc.subarray(values, { minLength: 1 })
const plainFilter = fc.oneof(
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
    name: fc.constantFrom('uniqueness_ip', 'uniqueness_cookies'),
    mode,
    payload: fc.constantFrom(null, 'stream', 'campaign', 'global'),
  }),
  fc.record({
    name: fc.constant('limit'),
    mode,
    payload: fc.record({
      per_hour: fc.nat(2),
      total: fc.integer({ min: 1, max: 3 }),
      timezone: fc.constantFrom(null, 'Asia/Tokyo'),
    }),
  }),
  fc.record({ name: fc.constant('city'), mode, payload: some('Berlin', 'Paris') }),
  fc.record({ name: fc.constant('isp'), mode, payload: some('Net A', 'net*', '/B$/') }),
  fc.record({ name: fc.constant('device_type'), mode, payload: some('mobile', 'desktop') }),
  fc.record({ name: fc.constant('browser'), mode, payload: some('Firefox', 'Safari') }),
  fc.record({ name: fc.constant('x_requested_with'), mode, payload: some('app', 'lib*') }),
  fc.record({ name: fc.constant('sub_id_1'), mode, payload: some('one', 't*') }),
  fc.record({ name: fc.constant('proxy'), mode, payload: fc.constant(null) }),
  fc.record({ name: fc.constant('datacenter'), mode, payload: fc.constant(null) }),
  fc.record({
    name: fc.constant('parameter'),
    mode,
    payload: fc.record({ name: fc.constantFrom('p', 'constructor'), value: some('1', 'v*') }),
  }),
  fc.record({
    name: fc.constant('schedule'),
    mode,
    payload: fc.constant({ timezone: 'UTC', items: [{ days: [1], from: '10:00', to: '13:00' }] }),
  }),
  fc.record({
    name: fc.constant('interval'),
    mode,
    payload: fc.constant({ timezone: 'UTC', from: '2031-01-06 11:00', to: '2031-01-06' }),
  }),
)
const SETS = [1, 2]
const filter = fc.oneof(
  { weight: 9, arbitrary: plainFilter },
  {
    weight: 1,
    arbitrary: fc.record({ name: fc.constant('filter_set'), mode, payload: fc.subarray(SETS, { minLength: 1 }) }),
  },
)
const filterSet = fc.record({ filters: fc.array(plainFilter, { minLength: 1, maxLength: 3 }), filter_or: fc.boolean() })
const share = fc.constantFrom(0, 1, 50, 100)
const memberState = fc.constantFrom('active', 'active', 'disabled')
const action = fc.constantFrom(
  { schema: 'landings' },
  { schema: 'landings' },
  { schema: 'action', action_type: 'do_nothing' },
  { schema: 'action', action_type: 'show_text', action_payload: '{keyword}' },
  { schema: 'action', action_type: 'campaign', action_payload: '9' },
  { schema: 'redirect', action_type: 'http', action_payload: 'https://a.example/' },
  // Without a URL it leads nowhere.
  { schema: 'redirect', action_type: 'http', action_payload: '' },
)
const branch = fc.record({
  type: fc.constantFrom('regular', 'regular', 'regular', 'forced', 'default'),
  state: fc.constantFrom('active', 'active', 'active', 'disabled'),
  position: fc.option(fc.nat(4)),
  weight: fc.constantFrom(0, 1, 10, 100),
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
const stream = fc.tuple(branch, action).map(([rules, answer]) => ({ ...rules, ...answer }))
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
    filterSets: fc.tuple(filterSet, filterSet),
  })
  .map(makeBundle)
export const clicks: fc.Arbitrary<Click> = fc
  .record({
    roll: fc.nat(2 ** 32 - 1),
    ip: fc.constantFrom('', '10.0.0.3', '10.0.0.6', '10.0.5.9', '10.0.0.5'),
    language: fc.constantFrom('', 'en', 'de', 'fr'),
    referrer: fc.constantFrom('', 'https://a.example/'),
    isBot: fc.boolean(),
    atMs: fc.constantFrom(
      ...['06T12:00', '06T10:59', '06T09:00', '06T23:59', '07T12:00'].map((time) => Date.parse(`2031-01-${time}Z`)),
    ),
    params: fc.constantFrom<Record<string, string>>({}, { p: '1' }, { p: 'value' }, { p: '' }),
    xRequestedWith: fc.constantFrom('', 'app', 'library'),
    isProxy: fc.boolean(),
    geo: fc.record({
      country: fc.constantFrom('', 'US', 'DE', 'FR', 'ES'),
      city: fc.constantFrom('', 'Berlin', 'Rome'),
      isp: fc.constantFrom('', 'Net A', 'Net B', 'Other'),
      isDatacenter: fc.boolean(),
    }),
    device: fc.record({
      type: fc.constantFrom('unknown', 'mobile', 'desktop'),
      browser: fc.constantFrom('', 'Firefox', 'Chrome'),
      os: fc.constantFrom('', 'iOS', 'Android'),
      osVersion: fc.constantFrom('', '1', '1.2.3', '12.1', '2'),
    }),
    slots: fc.record({
      keyword: fc.constantFrom('', 'ab', 'ba', 'bbb', 'c'),
      sub_id_1: fc.constantFrom('', 'one', 'two', 'six'),
    }),
  })
  .map(makeClick)
const id = fc.integer({ min: 1, max: 6 })
const seenBefore = {
  isUniqueCampaign: fc.boolean(),
  isUniqueGlobal: fc.boolean(),
  seenStreams: fc.array(id).map((ids) => new Set(ids)),
}
const limits = fc
  .array(fc.tuple(id, fc.record({ hour: fc.nat(2), day: fc.nat(3), total: fc.nat(4) })))
  .map((counts) => new Map(counts))
export const visitors: fc.Arbitrary<VisitorState> = fc.record({
  ...seenBefore,
  byIp: fc.record(seenBefore),
  byCookie: fc.record(seenBefore),
  limits,
  limitsIn: limits.map((counts) => new Map([['Asia/Tokyo', counts]])),
  binding: fc.option(fc.record({ streamId: id, landingId: fc.option(id), offerId: fc.option(id) })),
})
