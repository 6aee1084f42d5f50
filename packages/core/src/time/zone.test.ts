import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { dayInZone, hourStartInZone, isTimeZone, zonedToUtcMs, zoneOffsetMs, zoneParts } from './zone.ts'

describe('time zones', () => {
  test('clocks in Berlin in winter and in summer', () => {
    assert.deepEqual(zoneParts(Date.UTC(2031, 0, 5, 23, 30, 9), 'Europe/Berlin'), {
      year: 2031,
      month: 1,
      day: 6,
      hour: 0,
      minute: 30,
      second: 9,
      weekday: 1,
    })
    assert.equal(zoneParts(Date.UTC(2031, 6, 6, 10), 'Europe/Berlin').hour, 12)
    assert.equal(zoneParts(Date.UTC(2031, 6, 6, 10), 'Asia/Kathmandu').minute, 45)
  })
  test('an hour that comes twice means the first, an hour that never comes is moved past the gap', () => {
    assert.equal(
      zonedToUtcMs({ year: 2025, month: 10, day: 26, hour: 2, minute: 30 }, 'Europe/Berlin'),
      Date.UTC(2025, 9, 26, 0, 30),
    )
    assert.equal(
      zonedToUtcMs({ year: 2025, month: 3, day: 30, hour: 2, minute: 30 }, 'Europe/Berlin'),
      Date.UTC(2025, 2, 30, 1, 30),
    )
  })
  test('days of a change of clocks have 23 and 25 hours, and the hour that comes twice is two', () => {
    const hours = (atMs: number): number => {
      const { startMs, endMs } = dayInZone(atMs, 'Europe/Berlin')
      assert.ok(startMs <= atMs && atMs < endMs)
      return (endMs - startMs) / 3_600_000
    }
    assert.deepEqual(
      [Date.UTC(2025, 2, 30, 12), Date.UTC(2025, 9, 26, 12), Date.UTC(2025, 9, 27)].map(hours),
      [23, 25, 24],
    )
    assert.equal(hourStartInZone(Date.UTC(2025, 9, 26, 0, 59), 'Europe/Berlin'), Date.UTC(2025, 9, 26, 0))
    assert.equal(hourStartInZone(Date.UTC(2025, 9, 26, 1, 1), 'Europe/Berlin'), Date.UTC(2025, 9, 26, 1))
    assert.equal(hourStartInZone(Date.UTC(2025, 9, 26, 1, 10), 'Asia/Kolkata'), Date.UTC(2025, 9, 26, 0, 30))
  })
  test('only names the runtime knows are time zones', () => {
    assert.equal(isTimeZone('Europe/Lisbon'), true)
    assert.equal(isTimeZone('Europe/Atlantis'), false)
    assert.equal(isTimeZone(''), false)
    assert.throws(() => zoneOffsetMs(0, 'Mars/Olympus'), RangeError)
  })
  test('there and back again lands on the same wall clock', () => {
    const zones = fc.constantFrom(
      'UTC',
      'Europe/Berlin',
      'America/New_York',
      'Australia/Lord_Howe',
      'Asia/Kolkata',
      'Pacific/Apia',
    )
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4e12 }), zones, (atMs, zone) => {
        const parts = zoneParts(atMs, zone)
        const again = zonedToUtcMs(parts, zone)
        assert.deepEqual(zoneParts(again, zone), parts)
        assert.ok(again <= atMs)
      }),
    )
  })
})
