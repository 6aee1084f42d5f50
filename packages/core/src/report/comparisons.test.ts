import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { COMPARISON_PERIODS, type ComparisonPeriod, earlierRange } from './comparisons.ts'
import { type RangeRequest, resolveRange } from './range.ts'

const NOW_MS = Date.parse('2026-03-31T10:20:30Z')

function earlier(kind: ComparisonPeriod, request: RangeRequest, nowMs = NOW_MS): [string, string] {
  const range = resolveRange(request, { nowMs, defaultTimeZone: 'UTC', firstWeekday: 1 })
  assert.ok(range.ok)
  const found = earlierRange(kind, range.value, nowMs)
  assert.ok(found.ok, JSON.stringify(found))
  const iso = (ms: number | null): string => new Date(ms ?? 0).toISOString().slice(0, 19)
  return [iso(found.value.range.fromMs), iso(found.value.range.toMs)]
}

describe('the period a range is compared with', () => {
  const table: [ComparisonPeriod, RangeRequest, string, string][] = [
    ['previous_period', { interval: 'yesterday' }, '2026-03-29T00:00:00', '2026-03-30T00:00:00'],
    // Not over: as far as today has come.
    ['previous_period', { interval: 'today' }, '2026-03-30T00:00:00', '2026-03-30T10:20:30'],
    ['previous_period', { interval: '7_days_ago' }, '2026-03-16T00:00:00', '2026-03-23T10:20:30'],
    ['previous_period', { from: '2026-03-01', to: '2026-03-10' }, '2026-02-19T00:00:00', '2026-03-01T00:00:00'],
    // Some hours are compared with those of the day before.
    [
      'previous_period',
      { from: '2026-03-10 10:00', to: '2026-03-10 11:59' },
      '2026-03-09T10:00:00',
      '2026-03-09T12:00:00',
    ],
    ['previous_day', { from: '2026-03-01', to: '2026-03-10' }, '2026-02-28T00:00:00', '2026-03-10T00:00:00'],
    ['previous_week', { from: '2026-03-09', to: '2026-03-15' }, '2026-03-02T00:00:00', '2026-03-09T00:00:00'],
    ['previous_month', { from: '2026-02-01', to: '2026-02-28' }, '2026-01-01T00:00:00', '2026-02-01T00:00:00'],
    ['previous_month', { from: '2026-03-01', to: '2026-03-15' }, '2026-02-01T00:00:00', '2026-02-16T00:00:00'],
    // A day the month before did not have is compared with its last.
    ['previous_month', { from: '2026-03-30', to: '2026-03-30' }, '2026-02-28T00:00:00', '2026-03-01T00:00:00'],
    // Nor the moment after midnight: the last day ends.
    [
      'previous_month',
      { from: '2026-03-28 23:59:59', to: '2026-03-29 00:00:00' },
      '2026-02-28T23:59:59',
      '2026-03-01T00:00:00',
    ],
    ['previous_year', { from: '2026-02-01', to: '2026-02-28' }, '2025-02-01T00:00:00', '2025-03-01T00:00:00'],
    // The clocks went forward on the 29th: that day has 23 hours, the one before 24.
    [
      'previous_period',
      { from: '2026-03-29', to: '2026-03-29', timezone: 'Europe/Berlin' },
      '2026-03-27T23:00:00',
      '2026-03-28T23:00:00',
    ],
  ]
  for (const [kind, request, from, to] of table)
    it(`${kind} of ${JSON.stringify(request)}`, () => assert.deepEqual(earlier(kind, request), [from, to]))

  it('is refused where the range has no beginning or end', () => {
    for (const range of [
      { fromMs: null, toMs: NOW_MS, timeZone: 'UTC' },
      { fromMs: 0, toMs: null, timeZone: 'UTC' },
    ]) {
      const found = earlierRange('previous_period', range, NOW_MS)
      assert.ok(!found.ok)
      assert.match(found.problems[0]?.message ?? '', /^compare: needs a range with a beginning and an end/)
    }
  })

  it('ends before the range begins where it is the period before, and is never empty', () =>
    fc.assert(
      fc.property(
        fc.constantFrom(...COMPARISON_PERIODS),
        fc.constantFrom('UTC', 'Europe/Berlin', 'America/St_Johns', 'Pacific/Auckland', 'Asia/Kathmandu'),
        fc.integer({ min: 0, max: 800 * 86_400 }),
        fc.integer({ min: 1, max: 400 * 86_400 }),
        (kind, timeZone, agoSeconds, lengthSeconds) => {
          const fromMs = NOW_MS - agoSeconds * 1000
          const toMs = fromMs + lengthSeconds * 1000
          const found = earlierRange(kind, { fromMs, toMs, timeZone }, NOW_MS)
          assert.ok(found.ok)
          const { range } = found.value
          assert.ok(range.fromMs !== null && range.toMs !== null && range.fromMs < range.toMs)
          assert.ok(range.fromMs < fromMs && range.toMs < toMs)
          // An hour of summer time may lie between.
          if (kind === 'previous_period') assert.ok(range.toMs <= fromMs + 3_600_000)
        },
      ),
    ))
})
