import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { openExchange } from '@trackyard/core/currency/exchange.ts'
import { openRateBook } from '@trackyard/core/currency/rate-book.ts'
import { click, NOW_MS, openReports, type Row } from './report-harness.ts'

const DAY_MS = 86_400_000
const day = (ago: number): string => new Date(NOW_MS - ago * DAY_MS).toISOString().slice(0, 10)

/** Clicks have columns for the statuses with numbers 7 to 10 alone. */
const ownStatuses = new Map([
  [7, 'install'],
  [11, 'trial'],
  [12, 'vip'],
  [14, 'never'],
])

/** Click: campaign, days ago it came; its conversions: status, days ago, money. */
const HISTORY: readonly (readonly [
  campaign: number,
  ago: number,
  ...conversions: (readonly [string, number, number])[],
])[] = [
  [1, 3, ['trial', 2, 1.5], ['install', 2, 1], ['sale', 1, 20]],
  [1, 3, ['trial', 1, 2.5], ['trial', 1, 0]],
  [1, 2],
  [2, 2, ['vip', 0, 99.999999]],
  [2, 0, ['trial', 0, -4]],
  [2, 0],
]

const clicks: Row[] = []
const conversions: Row[] = []
for (const [campaign_id, ago, ...told] of HISTORY) {
  const row = click({ campaign_id, datetime: NOW_MS - ago * DAY_MS })
  const installs = told.filter(([status]) => status === 'install')
  clicks.push({
    ...row,
    custom_conversion_7: installs.length,
    custom_conversion_7_revenue: installs.reduce((sum, [, , money]) => sum + money * 1_000_000, 0),
  })
  for (const [index, [status, toldAgo, money]] of told.entries())
    conversions.push({
      ...{ sub_id: row.sub_id ?? '', datetime: row.datetime ?? 0, campaign_id, status },
      conversion_id: `${row.sub_id}-${index + 1}`,
      custom_group: status === 'sale' ? '' : 'hold',
      custom_slot: status === 'install' ? 7 : 0,
      revenue: Math.round(money * 1_000_000),
      postback_datetime: NOW_MS - toldAgo * DAY_MS,
    })
}

const METRICS = [7, 11, 12, 14].flatMap((number) => [
  `custom_conversion_${number}`,
  `custom_conversion_${number}_revenue`,
  `cr_custom_conversion_${number}`,
])

describe('every status of the user has metrics', () => {
  const reports = openReports()
  const given = async (): Promise<void> => {
    await reports.given(clicks)
    await reports.add(conversions, 'conversions')
  }
  /** Each row: what it is grouped by, clicks, and then count, money and CR of install, trial, vip and never. */
  const table = async (grouping: string, more: object = {}): Promise<string[]> => {
    const asked = { grouping: [grouping], metrics: ['clicks', ...METRICS], sort: [grouping], ...more }
    return (await reports.report(asked, { ownStatuses })).rows.map((row) => Object.values(row).join(' '))
  }

  it('by the date of the click', async () => {
    await given()
    assert.deepEqual(await table('campaign_id'), [
      '1 3 1 1 33.33 3 4 100 0 0 0 0 0 0',
      '2 3 0 0 0 1 -4 33.33 1 100 33.33 0 0 0',
    ])
    assert.deepEqual(await table('day'), [
      `${day(3)} 2 1 1 50 3 4 150 0 0 0 0 0 0`,
      `${day(2)} 2 0 0 0 0 0 0 1 100 50 0 0 0`,
      `${day(0)} 2 0 0 0 1 -4 50 0 0 0 0 0 0`,
    ])
  })

  it('by the date of the conversion', async () => {
    await given()
    assert.deepEqual(await table('day', { conversion_date: 'conversion' }), [
      `${day(3)} 2 0 0 0 0 0 0 0 0 0 0 0 0`,
      `${day(2)} 2 1 1 50 1 1.5 50 0 0 0 0 0 0`,
      `${day(1)} 0 0 0 0 2 2.5 0 0 0 0 0 0 0`,
      `${day(0)} 2 0 0 0 1 -4 50 1 100 50 0 0 0`,
    ])
  })

  it('which filter, sort, add up and are compared like any other', async () => {
    await given()
    const body = {
      grouping: ['campaign_id'],
      metrics: ['custom_conversion_11'],
      filters: [{ name: 'custom_conversion_11_revenue', operator: 'GREATER_THAN', expression: -5 }],
      sort: [{ name: 'cr_custom_conversion_11', order: 'asc' }],
      summary: true,
    }
    const { rows, summary } = await reports.report(body, { ownStatuses })
    assert.deepEqual(
      rows.map(({ campaign_id, custom_conversion_11 }) => [campaign_id, custom_conversion_11]),
      [
        [2, 1],
        [1, 3],
      ],
    )
    assert.deepEqual(summary, { custom_conversion_11: 4 })
    const compared = { metrics: ['custom_conversion_11'], compare: 'previous_period' }
    const range = { from: day(1), to: day(0) }
    const answer = await reports.report({ ...compared, range }, { ownStatuses })
    assert.partialDeepStrictEqual(answer.rows, [{ custom_conversion_11: 1, custom_conversion_11_previous: 3 }])
  })

  it('and columns in the log of clicks', async () => {
    await given()
    const columns = ['campaign_id', 'custom_conversion_7', 'custom_conversion_11', 'custom_conversion_11_revenue']
    const filters = [{ name: 'custom_conversion_11', operator: 'GREATER_THAN', expression: 0 }]
    for (const sort of [[{ name: 'custom_conversion_11_revenue', order: 'desc' }], []]) {
      const log = await reports.clickLog({ columns, filters, sort }, { ownStatuses })
      assert.equal(log.total, 3)
      assert.deepEqual(log.rows.map((row) => Object.values(row).join(' ')).sort(), [
        '1 0 2 2.5',
        '1 1 1 1.5',
        '2 0 1 -4',
      ])
    }
  })

  it('whose money is in the base currency of now', async () => {
    await given()
    const book = openRateBook([{ day: '2026-01-01', perEuro: { USD: 1.25 }, knownFromMs: 0 }])
    const money = openExchange(book, [
      { currency: 'USD', sinceMs: 0 },
      { currency: 'EUR', sinceMs: NOW_MS },
    ])
    for (const conversion_date of ['click', 'conversion']) {
      const body = { metrics: ['custom_conversion_11_revenue', 'custom_conversion_12_revenue'], conversion_date }
      assert.deepEqual((await reports.report(body, { ownStatuses, money })).rows, [
        { custom_conversion_11_revenue: 0, custom_conversion_12_revenue: 80 },
      ])
    }
  })

  it('which are 0 where no status has the number', async () => {
    await given()
    const metrics = ['clicks', 'custom_conversion_11', 'custom_conversion_99']
    assert.deepEqual((await reports.report({ metrics })).rows, [
      { clicks: 6, custom_conversion_11: 0, custom_conversion_99: 0 },
    ])
  })
})
