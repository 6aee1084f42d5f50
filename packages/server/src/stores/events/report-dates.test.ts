import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { click, openReports } from './report-harness.ts'

const { given, report } = openReports()

describe('dates of reports', () => {
  it('read as clocks in the zone show them', async () => {
    const times = fc.sample(fc.integer({ min: Date.UTC(2019, 0, 1), max: Date.UTC(2026, 11, 31) }), {
      numRuns: 300,
      seed: 7,
    })
    const edges = [
      '2026-03-29T00:59:59Z',
      '2026-03-29T01:00:00Z',
      '2026-10-25T00:30:00Z',
      '2026-10-25T01:30:00Z',
      '2026-12-31T23:30:00Z',
      '2027-01-01T00:00:00Z',
    ].map((text) => Date.parse(text))
    const moments = [...new Set([...times, ...edges])]
    await given(moments.map((datetime) => click({ datetime, keyword: String(datetime) })))
    const parts = ['datetime', 'year', 'month', 'week', 'weekday', 'day', 'hour', 'day_hour']
    for (const timezone of ['UTC', 'Europe/Berlin', 'America/St_Johns', 'Asia/Kathmandu', 'Pacific/Auckland'])
      for (const firstWeekday of [1, 7, 3]) {
        const { rows } = await report(
          { grouping: ['keyword', ...parts], metrics: ['clicks'], range: { timezone, interval: 'all_time' } },
          { firstWeekday },
        )
        assert.equal(rows.length, moments.length)
        for (const { keyword, clicks, ...got } of rows)
          assert.deepEqual(got, intlParts(Number(keyword), timezone, firstWeekday), `${keyword} ${timezone}`)
      }
  })

  it('filter and bound by what they show', async () => {
    const atMs = Date.parse('2026-03-29T01:30:00Z')
    await given([click({ datetime: atMs })])
    const count = async (range: object, filters: object[] = []) =>
      (await report({ metrics: ['clicks'], range: { timezone: 'Europe/Berlin', ...range }, filters })).rows[0]?.clicks
    const shown = intlParts(atMs, 'Europe/Berlin', 1)
    for (const [name, expression] of Object.entries(shown)) {
      assert.equal(await count({ interval: 'all_time' }, [{ name, operator: 'EQUALS', expression }]), 1, name)
      assert.equal(await count({ interval: 'all_time' }, [{ name, operator: 'NOT_EQUAL', expression }]), 0, name)
    }
    assert.equal(await count({ from: '2026-03-29 03:30:00', to: '2026-03-29 03:30:00' }), 1)
    assert.equal(await count({ from: '2026-03-29 03:30:01' }), 0)
    assert.equal(await count({ to: '2026-03-29 03:29' }), 0)
    assert.equal(
      await count({ interval: 'all_time' }, [{ name: 'datetime', operator: 'GREATER_THAN', expression: '2026-03-28' }]),
      1,
    )
    assert.equal(
      await count({ interval: 'all_time' }, [{ name: 'datetime', operator: 'GREATER_THAN', expression: '2026-03-29' }]),
      0,
    )
    assert.equal(
      await count({ interval: 'all_time' }, [
        { name: 'datetime', operator: 'BETWEEN', expression: ['2026-03-29', '2026-03-29 03:30'] },
      ]),
      1,
    )
  })
})

/** The same by another road: the runtime's own calendar. */
function intlParts(atMs: number, timeZone: string, firstWeekday: number): Record<string, string> {
  const clock = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' }).format(atMs)
  const [day = '', time = ''] = clock.split(' ')
  const [year = '', month = ''] = day.split('-')
  const weekday = new Date(`${day}T12:00:00Z`).getUTCDay() || 7
  const dotted = (shift: number): string =>
    new Date(Date.parse(`${day}T12:00:00Z`) + shift * 86_400_000)
      .toISOString()
      .slice(0, 10)
      .split('-')
      .reverse()
      .join('.')
  const back = (weekday - firstWeekday + 7) % 7
  return {
    datetime: clock,
    year,
    month: `${year}/${month}`,
    week: `${dotted(-back)} - ${dotted(6 - back)}`,
    weekday: String(weekday),
    day,
    hour: time.slice(0, 2),
    day_hour: `${day.replaceAll('-', '')}${time.slice(0, 2)}`,
  }
}
