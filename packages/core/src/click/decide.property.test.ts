import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { Stream, StreamFilter } from '../entities/index.ts'
import { bundles, clicks, visitors } from './arbitraries.test.ts'
import type { CampaignBundle } from './bundle.ts'
import type { Click, SeenBefore, VisitorState } from './click.ts'
import { type CompiledCampaign, compileCampaign } from './compile.ts'
import { decide } from './decide.ts'
import { makeBundle } from './fixtures.ts'
import { rollFor, saltFor } from './split.ts'
import { encodeTrace } from './trace.ts'

function compiled(input: CampaignBundle): CompiledCampaign {
  const result = compileCampaign(input)
  assert.ok(result.ok, JSON.stringify(result))
  return result.value
}
const summary = (campaign: CompiledCampaign, at: Click, who: VisitorState) => {
  const { stream, landing, offer, trace } = decide(campaign, at, who)
  return {
    stream: stream?.id ?? null,
    landing: landing?.id ?? null,
    offer: offer?.id ?? null,
    trace: encodeTrace(trace),
  }
}

describe('laws of deciding', () => {
  test('compiled and interpreted decisions agree', () => {
    fc.assert(
      fc.property(bundles, clicks, visitors, (config, at, who) => {
        assert.deepEqual(summary(compiled(config), at, who), interpret(config, at, who))
      }),
      { numRuns: 1500 },
    )
  })
  test('compiled and interpreted decisions agree about visitors who are bound', () => {
    // Left to chance, hardly any visitor is bound to what a campaign holds.
    const share = fc.constantFrom(0, 50, 100)
    const branch = fc.record({
      weight: fc.constantFrom(0, 10, 10),
      filters: fc.constantFrom([], [], [{ name: 'bot', mode: 'accept', payload: null }]),
      landings: fc.uniqueArray(fc.record({ landing_id: fc.integer({ min: 1, max: 3 }), share }), {
        selector: (member) => member.landing_id,
      }),
      offers: fc.uniqueArray(fc.record({ offer_id: fc.integer({ min: 1, max: 3 }), share }), {
        selector: (member) => member.offer_id,
      }),
      offer_selection: fc.constantFrom('before_click', 'after_click'),
    })
    const three = fc.constant([{}, {}, {}])
    const worlds = fc
      .record({
        campaign: fc.record({ type: fc.constant('weight'), bind_visitors: fc.constantFrom('s', 'sl', 'slo') }),
        streams: fc.array(branch, { minLength: 1, maxLength: 2 }),
        landings: three,
        offers: three,
      })
      .map(makeBundle)
    const id = fc.integer({ min: 1, max: 3 })
    const bindings = fc.record({ streamId: fc.constantFrom(1, 1, 2), landingId: fc.option(id), offerId: fc.option(id) })
    let bound = 0
    fc.assert(
      fc.property(worlds, clicks, visitors, bindings, (config, at, who, binding) => {
        const found = summary(compiled(config), at, { ...who, binding })
        if (found.trace.endsWith('~')) bound++
        assert.deepEqual(found, interpret(config, at, { ...who, binding }))
      }),
      { numRuns: 1500 },
    )
    assert.ok(bound > 300, `${bound} were bound`)
  })
  test('a click replayed is decided the same', () => {
    fc.assert(
      fc.property(bundles, clicks, visitors, (config, at, who) => {
        const stored: CampaignBundle = JSON.parse(JSON.stringify(config))
        assert.deepEqual(summary(compiled(stored), { ...at }, who), summary(compiled(config), at, who))
      }),
      { numRuns: 200 },
    )
  })
  test('the order of filters changes no decision', () => {
    const turned = (config: CampaignBundle): CampaignBundle => ({
      ...config,
      streams: config.streams.map((each) => ({ ...each, filters: each.filters.toReversed() })),
      filterSets: config.filterSets.map((each) => ({ ...each, filters: each.filters.toReversed() })),
    })
    fc.assert(
      fc.property(bundles, clicks, visitors, (config, at, who) => {
        const { trace: _, ...choice } = summary(compiled(config), at, who)
        const { trace: __, ...again } = summary(compiled(turned(config)), at, who)
        assert.deepEqual(again, choice)
      }),
      { numRuns: 300 },
    )
  })
  test('the trace names the stream that was chosen, last, and no stream twice', () => {
    fc.assert(
      fc.property(bundles, clicks, visitors, (config, at, who) => {
        const { stream, trace } = decide(compiled(config), at, who)
        assert.equal(new Set(trace.map(({ streamId }) => streamId)).size, trace.length)
        const last = trace.at(-1)
        const isTaken = last?.verdict === 'taken' || last?.verdict === 'bound'
        assert.equal(isTaken ? last.streamId : null, stream?.id ?? null)
      }),
      { numRuns: 300 },
    )
  })
})

/**
 * The rules read straight from the configuration, as slowly as they are written down (reference click-processing §3.4
 * to §3.6, §6). Shares only the numbers drawn with the code under test.
 */
function interpret(config: CampaignBundle, at: Click, who: VisitorState) {
  const trace: string[] = []
  const streams = config.streams
    .filter((each) => each.state === 'active')
    .sort((a, b) => (a.position ?? 1e9) - (b.position ?? 1e9) || a.id - b.id)
  const landingsOf = (s: Stream) =>
    s.schema !== 'landings'
      ? []
      : s.landings.filter(
          (m) =>
            m.state === 'active' &&
            m.share > 0 &&
            config.landings.some((l) => l.id === m.landing_id && l.state === 'active'),
        )
  const offersOf = (s: Stream) =>
    s.schema !== 'landings'
      ? []
      : s.offers.filter(
          (m) =>
            m.state === 'active' &&
            m.share > 0 &&
            config.offers.some((o) => o.id === m.offer_id && o.state === 'active'),
        )
  const leadsSomewhere = (s: Stream): boolean => {
    const hasUrl = s.schema !== 'redirect' || s.action_payload !== ''
    if (s.schema === 'landings' ? landingsOf(s).length + offersOf(s).length > 0 : hasUrl) return true
    trace.push(`${s.id}-`)
    return false
  }
  const lets = (s: Stream): boolean => {
    const results = s.filters.map((each) => matches(each, s.id, at, who, config) === (each.mode === 'accept'))
    const isLetIn = results.length === 0 || (s.filter_or ? results.includes(true) : !results.includes(false))
    if (isLetIn) return leadsSomewhere(s)
    const index = s.filter_or ? results.length - 1 : results.indexOf(false)
    trace.push(`${s.id}!${s.filters[index]?.name}@${index}`)
    return false
  }
  const draw = <T>(items: readonly T[], weigh: (item: T) => number, unit: number): T | undefined => {
    const total = items.reduce((sum, item) => sum + weigh(item), 0)
    let below = 0
    return items.find((item) => {
      below += weigh(item)
      return unit * total < below
    })
  }
  // Binding works between streams split by weight only.
  const bind = config.campaign.type === 'weight' ? config.campaign.bind_visitors : null
  const finish = (s: Stream | undefined, mark = '=') => {
    if (s === undefined) return { stream: null, landing: null, offer: null, trace: trace.join(';') }
    trace.push(`${s.id}${mark}`)
    const isKnown = who.binding?.streamId === s.id
    const landings = landingsOf(s)
    const offers = offersOf(s)
    const oldLanding =
      isKnown && (bind === 'sl' || bind === 'slo')
        ? landings.find((m) => m.landing_id === who.binding?.landingId)
        : undefined
    const oldOffer = isKnown && bind === 'slo' ? offers.find((m) => m.offer_id === who.binding?.offerId) : undefined
    const landing = oldLanding ?? draw(landings, (m) => m.share, rollFor(at.roll, saltFor('landing', s.id)))
    const mayDraw = landing === undefined || s.offer_selection === 'before_click'
    // Behind a landing page the offer is settled when its link is followed, which may name another one.
    const offer = mayDraw
      ? (oldOffer ?? draw(offers, (m) => m.share, rollFor(at.roll, saltFor('offer', s.id))))
      : undefined
    return {
      stream: s.id,
      landing: landing?.landing_id ?? null,
      offer: offer?.offer_id ?? null,
      trace: trace.join(';'),
    }
  }

  const forced = streams.find((s) => s.type === 'forced' && lets(s))
  if (forced) return finish(forced)
  let regular = streams.filter((s) => s.type === 'regular')
  if (config.campaign.type === 'position') {
    const first = regular.find(lets)
    if (first) return finish(first)
  } else {
    regular = regular.filter((s) => s.weight > 0)
    const old = bind === null ? undefined : regular.find((s) => s.id === who.binding?.streamId)
    if (old !== undefined) {
      if (lets(old)) return finish(old, '~')
      regular = regular.filter((s) => s !== old)
    }
    for (let attempt = 0; regular.length > 0; attempt++) {
      const next = draw(regular, (s) => s.weight, rollFor(at.roll, saltFor('stream', config.campaign.id, attempt)))
      if (next !== undefined && lets(next)) return finish(next)
      regular = regular.filter((s) => s !== next)
    }
  }
  const [fallback] = streams.filter((s) => s.type === 'default')
  return finish(fallback !== undefined && leadsSomewhere(fallback) ? fallback : undefined)
}

function matches(
  { name, payload }: StreamFilter,
  streamId: number,
  at: Click,
  who: VisitorState,
  config: CampaignBundle,
): boolean {
  const values: string[] = Array.isArray(payload) ? payload : []
  const lastOctet = Number(at.ip.split('.')[3])
  const facts: Record<string, () => boolean> = {
    country: () => values.includes(at.geo.country),
    language: () => values.includes(at.language),
    os: () => values.includes(at.device.os),
    os_version: () => values.some((value) => `${at.device.osVersion}.`.startsWith(`${value}.`)),
    keyword: () =>
      at.slots.keyword !== '' &&
      values.some((value) =>
        new RegExp(value.startsWith('/') ? value.slice(1, -1) : `^${value.replaceAll('*', '.*')}$`).test(
          at.slots.keyword ?? '',
        ),
      ),
    ip: () =>
      values.some((value) =>
        value.includes('/')
          ? at.ip.startsWith('10.0.0.') && lastOctet < 4
          : value.includes('-')
            ? at.ip.startsWith('10.0.0.') && lastOctet >= 6 && lastOctet <= 7
            : at.ip.startsWith('10.0.') && lastOctet === 9,
      ),
    city: () => values.includes(at.geo.city),
    isp: () => {
      const { isp } = at.geo
      const says = { 'Net A': isp === 'Net A', 'net*': isp.startsWith('Net'), '/B$/': isp.endsWith('B') }
      return isp !== '' && values.some((value) => Object.entries(says).some(([name, is]) => name === value && is))
    },
    device_type: () => values.includes(at.device.type),
    browser: () => values.includes(at.device.browser),
    x_requested_with: () => masked(values, at.xRequestedWith),
    sub_id_1: () => masked(values, at.slots.sub_id_1 ?? ''),
    proxy: () => at.isProxy,
    datacenter: () => at.geo.isDatacenter,
    parameter: () => {
      const asked = Object(payload)
      return Object.keys(at.params).includes(asked.name) && masked(asked.value, at.params[asked.name] ?? '')
    },
    schedule: () => new Date(at.atMs).getUTCDay() === 1 && hourOf(at) >= 10 && hourOf(at) < 13,
    interval: () => new Date(at.atMs).getUTCDate() === 6 && hourOf(at) >= 11,
    filter_set: () =>
      config.filterSets
        .filter((set) => Object.values(Object(payload)).includes(set.id))
        .some((set) => {
          const results = set.filters.map(
            (each) => matches(each, streamId, at, who, config) === (each.mode === 'accept'),
          )
          return set.filter_or ? results.includes(true) : !results.includes(false)
        }),
    bot: () => at.isBot,
    empty_referrer: () => at.referrer === '',
    uniqueness: () => isFirst(who, payload, streamId),
    uniqueness_ip: () => isFirst(who.byIp, payload ?? 'campaign', streamId),
    uniqueness_cookies: () => isFirst(who.byCookie, payload ?? 'campaign', streamId),
    limit: () => {
      const max = Object(payload)
      const known = max.timezone === null ? who.limits : who.limitsIn?.get(max.timezone)
      const counts = known?.get(streamId) ?? { hour: 0, total: 0 }
      return (max.per_hour === 0 || counts.hour < max.per_hour) && counts.total < max.total
    },
  }
  return facts[name]?.() ?? assert.fail(name)
}

function isFirst(seen: SeenBefore | undefined, scope: unknown, streamId: number): boolean {
  if (seen === undefined) return assert.fail('every visitor has all of them')
  if (scope === 'stream') return !seen.seenStreams.has(streamId)
  return scope === 'campaign' ? seen.isUniqueCampaign : seen.isUniqueGlobal
}

const hourOf = (at: Click): number => new Date(at.atMs).getUTCHours()
const masked = (patterns: readonly string[], text: string): boolean =>
  text !== '' && patterns.some((pattern) => new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(text))
