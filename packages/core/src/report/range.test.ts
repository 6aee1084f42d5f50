import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { INTERVALS, parseMoment, resolveRange } from './range.ts'

const at = (text: string): number => Date.parse(text)
const context = { nowMs: at('2026-03-29T12:34:56Z'), defaultTimeZone: 'UTC', firstWeekday: 1 }
const bounds = (request: object, more: object = {}): [string | null, string | null] => {
  const range = resolveRange(request, { ...context, ...more })
  assert.ok(range.ok, JSON.stringify(range))
  const iso = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString().slice(0, 19))
  return [iso(range.value.fromMs), iso(range.value.toMs)]
}

describe('report range', () => {
  const table: [string, string | null, string | null][] = [
    ['today', '2026-03-29T00:00:00', '2026-03-30T00:00:00'],
    ['yesterday', '2026-03-28T00:00:00', '2026-03-29T00:00:00'],
    ['7_days_ago', '2026-03-22T00:00:00', '2026-03-30T00:00:00'],
    ['first_day_of_this_week', '2026-03-23T00:00:00', '2026-03-30T00:00:00'],
    ['1_month_ago', '2026-02-28T00:00:00', '2026-03-30T00:00:00'],
    ['first_day_of_this_month', '2026-03-01T00:00:00', '2026-03-30T00:00:00'],
    ['1_year_ago', '2025-03-29T00:00:00', '2026-03-30T00:00:00'],
    ['first_day_of_this_year', '2026-01-01T00:00:00', '2026-03-30T00:00:00'],
    ['all_time', null, null],
    ['30_days_ago', '2026-02-27T00:00:00', '2026-03-30T00:00:00'],
    ['6_months_ago', '2025-09-29T00:00:00', '2026-03-30T00:00:00'],
    ['2_years_ago', '2024-03-29T00:00:00', '2026-03-30T00:00:00'],
  ]
  for (const [interval, from, to] of table)
    it(`${interval} in UTC`, () => assert.deepEqual(bounds({ interval }), [from, to]))

  it('covers the 23 hours of the day the clocks go forward', () =>
    assert.deepEqual(bounds({ interval: 'today', timezone: 'Europe/Berlin' }), [
      '2026-03-28T23:00:00',
      '2026-03-29T22:00:00',
    ]))
  it('covers the 25 hours of the day they go back', () =>
    assert.deepEqual(bounds({ from: '2026-10-25', to: '2026-10-25', timezone: 'Europe/Berlin' }), [
      '2026-10-24T22:00:00',
      '2026-10-25T23:00:00',
    ]))
  it('starts the week where the user does', () =>
    assert.deepEqual(bounds({ interval: 'first_day_of_this_week' }, { firstWeekday: 7 }), [
      '2026-03-29T00:00:00',
      '2026-03-30T00:00:00',
    ]))
  it('29 February a year ago is 28 February', () =>
    assert.equal(bounds({ interval: '1_year_ago' }, { nowMs: at('2028-02-29T10:00:00Z') })[0], '2027-02-28T00:00:00'))
  it('includes the last second, minute or day named', () => {
    assert.equal(bounds({ to: '2026-02-03 14:05:09' })[1], '2026-02-03T14:05:10')
    assert.equal(bounds({ to: '2026-02-03 14:05' })[1], '2026-02-03T14:06:00')
    assert.equal(bounds({ to: '2026-02-03' })[1], '2026-02-04T00:00:00')
  })
  it('takes the interval when both are given', () =>
    assert.equal(bounds({ interval: 'today', from: '2020-01-01' })[0], '2026-03-29T00:00:00'))
  const slips: [string, string][] = [
    ['last_30_days', '30_days_ago'],
    ['last30days', '30_days_ago'],
    ['last_2_weeks', '14_days_ago'],
    ['3_months', '3_months_ago'],
    ['last_month', '1_month_ago'],
    ['this_month', 'first_day_of_this_month'],
    ['todya', 'today'],
    ['all', 'all_time'],
  ]
  for (const [written, meant] of slips)
    it(`${written} probably means ${meant}`, () => {
      const range = resolveRange({ interval: written }, context)
      assert.ok(!range.ok)
      assert.ok(
        range.problems[0]?.message.startsWith(`There is no interval ${written}: did you mean ${meant}? Valid: `),
      )
      assert.ok(resolveRange({ interval: meant }, context).ok)
    })
  it('names what is valid when it is not', () => {
    for (const bad of [
      { interval: 'last_30_days' },
      { timezone: 'Mars/Base' },
      { from: '2026-02-30' },
      { to: 'soon' },
      { interval: 'constructor' },
    ]) {
      const range = resolveRange(bad, context)
      assert.equal(range.ok, false, JSON.stringify(bad))
      if (!range.ok) assert.equal(range.problems[0]?.code, 'bad_request')
    }
  })

  it('every interval starts and ends at midnight there, and holds now (yesterday apart)', () =>
    fc.assert(
      fc.property(
        fc.integer({ min: at('2000-01-01'), max: at('2040-01-01') }),
        fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'Pacific/Auckland'),
        fc.constantFrom(...Object.keys(INTERVALS), '3_days_ago', '5_months_ago'),
        fc.integer({ min: 1, max: 7 }),
        (nowMs, timezone, interval, firstWeekday) => {
          const range = resolveRange({ interval, timezone }, { nowMs, defaultTimeZone: 'UTC', firstWeekday })
          assert.ok(range.ok)
          const { fromMs, toMs } = range.value
          if (fromMs === null || toMs === null) return assert.equal(interval, 'all_time')
          const clock = new Intl.DateTimeFormat('en-GB', { timeZone: timezone, timeStyle: 'medium' })
          assert.equal(clock.format(fromMs), '00:00:00')
          assert.equal(clock.format(toMs), '00:00:00')
          if (interval === 'yesterday') assert.ok(toMs <= nowMs && fromMs < toMs)
          else assert.ok(fromMs <= nowMs && nowMs < toMs)
        },
      ),
    ))

  it('reads back any moment it is given in UTC', () =>
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4e9 }), (seconds) => {
        const text = new Date(seconds * 1000).toISOString().slice(0, 19)
        assert.deepEqual(parseMoment(text.replace('T', ' '), 'UTC'), {
          startMs: seconds * 1000,
          endMs: seconds * 1000 + 1000,
        })
      }),
    ))
})
