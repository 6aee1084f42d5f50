import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { resolveRange } from './range.ts'
import { pointsOf, type TrendUnit } from './trends.ts'

const NOW_MS = Date.parse('2026-03-31T10:20:30Z')
const points = (unit: TrendUnit, request: object, more: object = {}): string[] | null => {
  const context = { nowMs: NOW_MS, defaultTimeZone: 'UTC', firstWeekday: 1 }
  const range = resolveRange(request, context)
  assert.ok(range.ok)
  return pointsOf(unit, range.value, { ...context, ...more })
}

describe('points of a trend', () => {
  it('are all days, weeks, months and years that the range touches', () => {
    assert.deepEqual(points('day', { from: '2026-02-27', to: '2026-03-02' }), [
      ...['2026-02-27', '2026-02-28', '2026-03-01', '2026-03-02'],
    ])
    assert.deepEqual(points('month', { from: '2025-11-30', to: '2026-01-01' }), ['2025/11', '2025/12', '2026/01'])
    assert.deepEqual(points('year', { from: '2024-12-31 23:59', to: '2026-01-01' }), ['2024', '2025', '2026'])
    assert.deepEqual(points('week', { from: '2026-03-01', to: '2026-03-02' }), [
      ...['23.02.2026 - 01.03.2026', '02.03.2026 - 08.03.2026'],
    ])
    assert.deepEqual(points('week', { from: '2026-03-01', to: '2026-03-02' }, { firstWeekday: 7 }), [
      '01.03.2026 - 07.03.2026',
    ])
  })

  it('end with now', () => {
    assert.deepEqual(points('day_hour', { interval: 'today', timezone: 'Asia/Kathmandu' })?.length, 17)
    assert.deepEqual(points('day', { from: '2026-03-30' }), ['2026-03-30', '2026-03-31'])
    assert.deepEqual(points('day', { interval: 'all_time' }), [])
    assert.deepEqual(points('day', { interval: 'all_time' }, { seen: ['2026-03-28', '2026-03-29'] })?.length, 4)
  })

  it('know days of 23 and 25 hours, and zones that are half an hour off', () => {
    const hours = (day: string, timezone: string): number | undefined =>
      points('day_hour', { from: day, to: day, timezone })?.length
    assert.equal(hours('2026-03-29', 'Europe/Berlin'), 23)
    // The hour that comes twice is one point.
    assert.equal(hours('2025-10-26', 'Europe/Berlin'), 24)
    assert.equal(hours('2026-03-20', 'Asia/Kathmandu'), 24)
    assert.equal(hours('2026-03-20', 'America/St_Johns'), 24)
    assert.equal(points('day', { interval: '1_year_ago', timezone: 'Pacific/Auckland' })?.length, 366)
  })

  it('are all hours and all weekdays, the first of the week in front', () => {
    assert.equal(points('hour', { interval: 'today' })?.length, 24)
    assert.deepEqual(points('weekday', { interval: 'today' }, { firstWeekday: 6 }), ['6', '7', '1', '2', '3', '4', '5'])
  })

  it('are not more than people can read', () => {
    assert.equal(points('day_hour', { interval: '2_years_ago' }), null)
    assert.equal(points('day', { interval: '20_years_ago' })?.length, 7306)
  })
})
