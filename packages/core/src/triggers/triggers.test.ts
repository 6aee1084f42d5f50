import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { streamTrigger } from '../entities/trigger.ts'
import { holds, type PageCheck, TRIGGER_CONDITIONS } from './conditions.ts'
import { type Candidate, NEW_TRIGGER, planTriggerRun, type TriggerState } from './plan-trigger-run.ts'
import { addressToCheck, isAlternative, replacedUrl } from './urls.ts'

const AT_MS = Date.UTC(2031, 0, 6)
const trigger = (more: object = {}) =>
  streamTrigger.parse({ id: 1, condition: 'not_respond', target: 'stream', action: 'disable', ...more })
const page = (more: Partial<PageCheck> = {}): PageCheck => ({
  url: 'https://page.example/',
  status: 200,
  body: 'Welcome',
  error: null,
  refusal: null,
  threats: null,
  ...more,
})
const flagged = page({ threats: ['MALWARE'] })
const clean = page({ threats: [] })
const down = page({ status: 503 })

const plan = (
  settings: object,
  check: PageCheck,
  candidates: readonly Candidate[] = [],
  state: Partial<TriggerState> = {},
) =>
  planTriggerRun(
    trigger(settings),
    { atMs: AT_MS, targets: [{ id: 0, label: 'stream 5', check, candidates, candidateProblem: null }] },
    { ...NEW_TRIGGER, ...state },
  )
const acts = (...given: Parameters<typeof plan>) =>
  plan(...given).acts.map((act) => (act.kind === 'replace' ? `replace ${act.url}` : act.kind))
const candidate = (url: string, place: number | null, check: PageCheck | null): Candidate => ({ url, place, check })

describe('conditions', () => {
  const unasked = page({ status: null, body: '', refusal: 'it is at a private address' })
  const table: readonly [name: string, settings: object, check: PageCheck, expected: boolean | null][] = [
    ['200 responds', {}, page(), false],
    ['a redirect that ends nowhere responds', {}, page({ status: 302 }), false],
    ['404 does not', {}, page({ status: 404 }), true],
    ['503 does not', {}, down, true],
    ['nor does silence', {}, page({ status: null, error: 'no answer within 10 seconds' }), true],
    ['of an address that must not be asked nothing is known', {}, unasked, null],
    ['text that is there', { condition: 'not_contains', pattern: 'Welcome' }, page(), false],
    ['text that is not', { condition: 'not_contains', pattern: 'welcome' }, page(), true],
    ['a dead page contains nothing', { condition: 'not_contains', pattern: 'Welcome' }, page({ status: 500 }), true],
    ['contains', { condition: 'contains', pattern: 'come' }, page(), true],
    ['contains, in a dead page', { condition: 'contains', pattern: 'come' }, page({ status: 500 }), false],
    ['a page on a list', { condition: 'av_detected' }, flagged, true],
    ['a page on none', { condition: 'av_detected' }, clean, false],
    ['lists that did not answer', { condition: 'av_detected' }, page(), null],
    ['always, even unasked', { condition: 'always' }, unasked, true],
  ]
  for (const [name, settings, check, expected] of table)
    test(name, () => {
      const { condition, pattern } = trigger(settings)
      assert.equal(holds(condition, check, pattern), expected)
    })
})

describe('what a trigger does', () => {
  const replacing = { action: 'replace_url', alternative_urls: 'https://a.example/\nhttps://b.example/' }
  const a = (check: PageCheck | null) => candidate('https://a.example/', 0, check)
  const b = (check: PageCheck | null) => candidate('https://b.example/', 1, check)
  const table: readonly [name: string, got: () => string[], expected: string[]][] = [
    ['nothing while all is well', () => acts({}, page()), []],
    ['switches off', () => acts({}, down), ['disable']],
    ['leaves alone what could not be checked', () => acts({}, page({ refusal: 'private' })), []],
    ['does not switch off twice', () => acts({ reverse: 1 }, down, [], { switchedOff: [0] }), []],
    ['switches on again, when asked to', () => acts({ reverse: 1 }, page(), [], { switchedOff: [0] }), ['enable']],
    ['but not what others switched off', () => acts({ reverse: 1 }, page()), []],
    ['and not when not asked to', () => acts({ reverse: 0 }, page(), [], { switchedOff: [0] }), []],
    ['takes an alternative that passes', () => acts(replacing, down, [a(page())]), ['replace https://a.example/']],
    [
      'passes over one that does not',
      () => acts(replacing, down, [a(down), b(page())]),
      ['replace https://b.example/'],
    ],
    ['keeps the URL when none passes', () => acts(replacing, down, [a(down), b(down)]), []],
    [
      'always takes the next unasked',
      () => acts({ ...replacing, condition: 'always' }, page(), [a(null)]),
      ['replace https://a.example/'],
    ],
    ['switches off a page on a malware list', () => acts({ condition: 'av_detected' }, flagged), ['disable']],
    [
      'moves its visitors to an alternative that is on none',
      () => acts({ ...replacing, condition: 'av_detected' }, flagged, [a(flagged), b(clean)]),
      ['replace https://b.example/'],
    ],
    [
      'switches it off when every alternative is on one, too',
      () => acts({ ...replacing, condition: 'av_detected' }, flagged, [a(flagged), b(flagged)]),
      ['disable'],
    ],
    [
      'or when nobody could tell',
      () => acts({ ...replacing, condition: 'av_detected' }, flagged, [a(page())]),
      ['disable'],
    ],
  ]
  for (const [name, got, expected] of table) test(name, () => assert.deepEqual(got(), expected))

  test('alternatives take turns', () => {
    assert.equal(plan(replacing, down, [b(page())]).state.nextAlternative, 2)
    assert.equal(plan(replacing, page()).state.nextAlternative, 0)
  })
  test('the next run is an interval later, and the last result is told in words', () => {
    const { state } = plan({ interval: 7 }, down)
    assert.equal(state.nextRunAtMs, AT_MS + 7 * 60_000)
    assert.equal(state.lastResult, 'stream 5: https://page.example/ answered 503; disabled')
    assert.equal(plan({}, page()).state.lastResult, 'everything in order')
    assert.match(plan({}, page({ refusal: 'it is private' })).state.lastResult, /was not checked: it is private/)
  })

  test('a page on a malware list never stays open, and never leads to one of which nothing good is known', () => {
    const verdict = fc.constantFrom(null, [], ['MALWARE'])
    const input = fc.record({
      action: fc.constantFrom('disable', 'replace_url', 'grab_from_page'),
      reverse: fc.boolean(),
      candidates: fc.array(verdict, { maxLength: 5 }),
    })
    fc.assert(
      fc.property(input, ({ action, reverse, candidates }) => {
        const settings = {
          condition: 'av_detected',
          action,
          reverse,
          alternative_urls: 'https://a.example/',
          grab_from_page: 'https://names.example/',
        }
        const offered = candidates.map((threats, index) =>
          candidate(`https://c${index}.example/`, index, page({ threats })),
        )
        const [act, ...more] = plan(settings, flagged, offered).acts
        assert.deepEqual(more, [])
        assert.ok(act)
        if (act.kind === 'replace') {
          assert.deepEqual(offered.find(({ url }) => url === act.url)?.check?.threats, [])
        } else assert.equal(act.kind, 'disable')
      }),
    )
  })
  test('every condition is decided for every page without throwing', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...TRIGGER_CONDITIONS),
        fc.option(fc.nat(599)),
        fc.string(),
        (condition, status, text) => {
          void holds(condition, page({ status, body: text, error: text }), text)
        },
      ),
    )
  })
})

describe('URLs of triggers', () => {
  test('macros are emptied for a look, unless they choose the host', () => {
    assert.equal(addressToCheck('https://o.example/?c={subid}&k={_keyword}'), 'https://o.example/?c=&k=')
    assert.equal(addressToCheck('https://{from_file:domain.txt}/x'), null)
    assert.equal(addressToCheck('ftp://o.example/'), null)
  })
  test('a host takes the place of the host, a URL of everything', () => {
    assert.equal(replacedUrl('https://old.example/a?c={subid}', 'new.example'), 'https://new.example/a?c={subid}')
    assert.equal(replacedUrl('https://old.example/a?c={subid}', 'https://new.example/b'), 'https://new.example/b')
  })
  test('what could be neither is refused', () => {
    for (const line of ['new.example', 'new.example:8080', 'https://new.example/?c={subid}'])
      assert.ok(isAlternative(line), line)
    for (const line of ['javascript:alert(1)', '/path', 'new example', 'https://', 'https://{keyword}/', 'localhost'])
      assert.ok(!isAlternative(line), line)
  })
})
