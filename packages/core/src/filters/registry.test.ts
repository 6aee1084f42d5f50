import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { NEW_VISITOR } from '../click/click.ts'
import { makeBundle, makeClick } from '../click/fixtures.ts'
import { clickColumns } from '../events/click-columns.ts'
import { compileFilterSets } from '../filters/sets.ts'
import { nearest } from '../nearest.ts'
import { comparisonText, describeComparison } from './describe.ts'
import { compileFilter, filterDoubts, filters } from './index.ts'
import { BROWSER_NAMES, COUNTRIES, COUNTRY_SLIPS, LANGUAGE_SLIPS, LANGUAGES, OS_NAMES } from './known-names.ts'
import { payloadSchema } from './payload-schema.ts'

/** For examples that name set 1. */
const sets = compileFilterSets(makeBundle({ filterSets: [{ id: 1, filters: [{ name: 'bot' }] }] }).filterSets)
/** Before the times of the examples. */
const NOW_MS = Date.UTC(2026, 10, 23)
const accept = (name: string, payload: unknown) => ({ name, mode: 'accept' as const, payload })

describe('every filter', () => {
  for (const [name, def] of Object.entries(filters)) {
    test(`${name} accepts its example, describes it and compares a column there is`, () => {
      const made = compileFilter(accept(name, def.example), 'filters.0', sets)
      assert.ok(made.ok, JSON.stringify(made))
      made.value.passes(makeClick(), NEW_VISITOR, 1)
      const { visitor, wanted } = describeComparison(accept(name, def.example), (column) => {
        assert.ok(column in clickColumns, column)
        return ''
      })
      assert.ok(
        visitor !== null || ['parameter', 'limit', 'filter_set', 'uniqueness_ip', 'uniqueness_cookies'].includes(name),
      )
      assert.ok(wanted.length > 0, wanted)
      assert.match(def.help, /\.$/)
    })
    test(`${name} has a schema that its example fits`, () => {
      const { type, required = [] } = payloadSchema(def)
      const kind = Array.isArray(def.example) ? 'array' : def.example === null ? undefined : typeof def.example
      assert.equal(type, kind)
      for (const key of [required].flat()) assert.ok(typeof key === 'string' && Object.hasOwn(Object(def.example), key))
    })
    test(`${name} doubts nothing that it knows`, () => {
      const doubts = filterDoubts(accept(name, def.example), NOW_MS)
      if (!['connection_type', 'operator', 'region'].includes(name)) assert.deepEqual(doubts, [])
      for (const doubt of doubts) assert.match(doubt, /^Filter \w+ \(mode accept\) .*[.?]$/)
    })
  }
})

describe('what a filter compared, in words', () => {
  const row: Record<string, string | number> = {
    country: 'PL',
    is_bot: 1,
    datetime: Date.UTC(2031, 0, 6, 12),
    ip: '::1',
  }
  const read = (column: string) => row[column]
  const cases: readonly [string, 'accept' | 'reject', unknown, string][] = [
    ['country', 'accept', ['US', 'CA'], 'visitor PL, wanted US or CA'],
    ['country', 'reject', ['PL'], 'visitor PL, wanted anything but PL'],
    ['city', 'accept', ['Oslo'], 'visitor unknown, wanted Oslo'],
    ['referrer', 'accept', ['*google*'], 'visitor none, wanted *google*'],
    ['sub_id_4', 'accept', ['a', 'b', 'c'], 'visitor none, wanted a, b or c'],
    ['bot', 'reject', null, 'visitor a bot, wanted anything but a bot'],
    ['proxy', 'accept', null, 'visitor no proxy, wanted a proxy'],
    ['ipv6', 'reject', null, 'visitor ::1, wanted anything but an IPv6 address'],
    ['empty_referrer', 'accept', null, 'visitor none, wanted no referrer'],
    ['uniqueness', 'accept', 'campaign', 'visitor a repeated visit, wanted the first visit to the campaign'],
    ['uniqueness_ip', 'accept', null, 'wanted the first visit from the address to the campaign'],
    [
      'uniqueness_cookies',
      'reject',
      'global',
      "wanted anything but the first visit with the browser's cookies to any campaign",
    ],
    ['limit', 'accept', { per_hour: 5 }, 'wanted fewer than 5 clicks in this hour'],
    ['limit', 'accept', { per_day: 5, timezone: 'Asia/Tokyo' }, 'wanted fewer than 5 clicks today (Asia/Tokyo)'],
    ['interval', 'accept', { from: '2032-01-01' }, 'visitor 2031-01-06 12:00:00 UTC, wanted from 2032-01-01 (UTC)'],
    ['gone', 'accept', [1], 'wanted 1'],
  ]
  for (const [name, mode, payload, text] of cases) {
    test(`${name} ${mode}: ${text}`, () =>
      assert.equal(comparisonText(describeComparison({ name, mode, payload }, read)), text))
  }
  test('a column that may not be told is not told', () => {
    assert.equal(comparisonText(describeComparison(accept('country', ['US']), () => null)), 'wanted US')
  })
})

test('schemas name the fields that there must be', () => {
  const needed = Object.entries(filters).flatMap(([name, def]) => {
    const { required } = payloadSchema(def)
    return required === undefined ? [] : [[name, required]]
  })
  assert.deepEqual(Object.fromEntries(needed), { parameter: ['name', 'value'], schedule: ['items'] })
})

test('a limit doubts a time zone that it counts nothing by', () => {
  const [doubt = ''] = filterDoubts(accept('limit', { total: 5, timezone: 'Asia/Tokyo' }), NOW_MS)
  assert.match(doubt, /changes nothing: set per_day/)
  assert.deepEqual(filterDoubts(accept('limit', { per_hour: 5, timezone: 'Asia/Tokyo' }), NOW_MS), [])
})

describe('a filter doubts', () => {
  const cases: readonly [name: string, payload: unknown, doubt: RegExp | null][] = [
    ['interval', { from: '2026-11-01', to: '2026-11-22' }, /is about a time that is over/],
    ['interval', { to: '2026-11-23' }, null],
    ['interval', { from: '2026-11-01' }, null],
    ['os_version', ['Android 14'], /asks for Android 14, which is no version/],
    ['os_version', 'Android 14', /asks for Android, which is no version/],
    ['os_version', ['XP', '14'], null],
    ['os_version', ['>=10'], /asks for >=10, which is no version: name each one that is wanted/],
    ['os_version', ['10.*', '10.2', '/1\\d/'], /asks for \/1\\d\/, which is no version/],
    ['os_version', ['14', 'XP'], null],
    ['browser_version', 'v120', null],
    [
      'referrer',
      ['google.com', 'https://a.example/', '*bing*', '/bing/'],
      /asks for google\.com with nothing around it: write a star/,
    ],
    ['user_agent', 'Chrome\ncurl/8.5.0\n*touch*', /asks for Chrome with nothing around it/],
    ['sub_id_1', ['zone'], null],
    ['limit', { per_hours: 5, total: 9 }, /does nothing with per_hours: did you mean per_hour\?/],
    ['limit', { weekly: 5, total: 9 }, /does nothing with weekly: it has per_hour, per_day, total, timezone\./],
    ['schedule', { zone: 'UTC', items: [{ days: [1], from: '09:00', to: '18:00' }] }, /does nothing with zone/],
    ['parameter', { name: 'page', values: ['a'] }, null],
    ['country', { 0: 'US', 1: 'DE' }, null],
  ]
  for (const [name, payload, doubt] of cases) {
    test(`${name} ${JSON.stringify(payload)}`, () => {
      const said = filterDoubts(accept(name, payload), NOW_MS)
      if (doubt === null) assert.deepEqual(said, [])
      else {
        assert.equal(said.length, 1, said.join())
        assert.match(said[0] ?? '', doubt)
      }
    })
  }
})

test('what reports call otherwise is found by their name', () => {
  for (const [name, meant] of [
    ['is_bot', 'bot'],
    ['is_using_proxy', 'proxy'],
    ['country_code', 'country'],
    ['datetime', 'schedule'],
  ] as const) {
    const made = compileFilter(accept(name, null), 'filters.0')
    assert.ok(!made.ok)
    assert.match(made.problems[0]?.message ?? '', new RegExp(`did you mean ${meant}\\?`))
  }
})

test('addresses may stand in one line, with the ends of an interval apart', () => {
  const made = compileFilter(accept('ip', '10.0.0.1  10.0.0.2\t10.0.1.0 - 10.0.1.9, 10.0.2.0/24'), 'filters.0')
  assert.ok(made.ok, JSON.stringify(made))
  for (const [ip, isIn] of [
    ['10.0.0.1', true],
    ['10.0.0.2', true],
    ['10.0.0.3', false],
    ['10.0.1.5', true],
    ['10.0.2.200', true],
  ] as const)
    assert.equal(made.value.passes(makeClick({ ip }), NEW_VISITOR, 1), isIn, ip)
})

describe('known names', () => {
  test('are whole', () => {
    assert.equal(COUNTRIES.size, 249 + 3)
    const names = new Intl.DisplayNames(['en'], { type: 'region', fallback: 'none' })
    for (const code of COUNTRIES) assert.ok(code === 'AP' || names.of(code), code)
    const languages = new Intl.DisplayNames(['en'], { type: 'language', fallback: 'none' })
    for (const code of LANGUAGES) assert.ok(languages.of(code), code)
    for (const [slip, meant] of Object.entries(COUNTRY_SLIPS)) assert.ok(!COUNTRIES.has(slip) && COUNTRIES.has(meant))
    for (const [slip, meant] of Object.entries(LANGUAGE_SLIPS)) assert.ok(!LANGUAGES.has(slip) && LANGUAGES.has(meant))
  })
  test('one slip of the pen in a long name leads back to it', () => {
    const known = [...OS_NAMES, ...BROWSER_NAMES].filter((name) => name.length > 7)
    fc.assert(
      fc.property(fc.constantFrom(...known), fc.nat(), (name, at) => {
        const place = 1 + (at % (name.length - 2))
        const without = name.slice(0, place) + name.slice(place + 1)
        const meant = nearest(without, known)
        // Another name may be as near, so only its length is sure: it is one slip away from what was written.
        const letters = (text: string): number => text.replaceAll(/[\s_-]/g, '').length
        assert.ok(meant !== null && Math.abs(letters(meant) - letters(without)) <= 1, `${without}: ${meant}`)
      }),
    )
    assert.equal(nearest('Andriod', OS_NAMES), 'Android')
    assert.equal(nearest('chrome  mobile', BROWSER_NAMES), 'Chrome Mobile')
    assert.equal(nearest('Quuxzilla', OS_NAMES), null)
    assert.equal(nearest('', OS_NAMES), null)
  })
})
