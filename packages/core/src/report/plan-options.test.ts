import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ReportContext } from './context.ts'
import { figureOf } from './figure.ts'
import { planReport, type ReportPlan } from './plan.ts'
import { parseReportQuery } from './query.ts'
import { reportHints } from './request-hints.ts'

const context: ReportContext = {
  names: {},
  nowMs: Date.UTC(2026, 1, 3, 14),
  defaultTimeZone: 'UTC',
  firstWeekday: 1,
}
const planned = (body: object, more: Partial<ReportContext> = {}): ReportPlan | string => {
  const query = parseReportQuery({ range: { interval: 'yesterday' }, metrics: ['clicks', 'revenue'], ...body })
  const plan = query.ok ? planReport(query.value, { ...context, ...more }) : query
  return plan.ok ? plan.value : plan.problems.map(({ at, message }) => `${at}: ${message}`).join('; ')
}
const sqlOf = (body: object, more: Partial<ReportContext> = {}): string => {
  const plan = planned(body, more)
  assert.ok(typeof plan !== 'string', String(plan))
  return plan.sql
}
const refusal = (body: object): string => {
  const plan = planned(body)
  assert.ok(typeof plan === 'string')
  return plan
}

describe('report options', () => {
  it('cost nothing where they are not used: one GROUP BY over the states', () => {
    const sql = sqlOf({ grouping: ['campaign', 'day'], conversion_date: 'click', compare: null, trend: '' })
    assert.doesNotMatch(sql, /UNION|JOIN|conversions/)
    assert.equal(sql.match(/SELECT/g)?.length, 1)
    assert.equal(sql.match(/GROUP BY/g)?.length, 1)
    assert.equal(sql, sqlOf({ grouping: ['campaign', 'day'] }))
  })

  it('count conversions apart where they are dated apart, by request or by setting', () => {
    const byRequest = sqlOf({ conversion_date: 'conversion' })
    assert.match(byRequest, /JOIN .*FROM conversions FINAL/)
    assert.equal(sqlOf({}, { conversionDate: 'conversion' }), byRequest)
    assert.doesNotMatch(sqlOf({ conversion_date: 'click' }, { conversionDate: 'conversion' }), /conversions/)
    assert.match(sqlOf({ conversion_date: 'sale' }), /sale_datetime/)
  })

  it('set metrics beside those of an earlier period', () => {
    const plan = planned({ compare: true, summary: true })
    assert.ok(typeof plan !== 'string')
    const row = { c_count: 5, before_c_count: 2, c_1: 1_000_000 }
    const { rows, summary } = plan.present({ rows: [row], totals: null, rowsBeforeLimit: 1 })
    assert.deepEqual(rows, [
      {
        clicks: 5,
        clicks_previous: 2,
        clicks_change: 3,
        clicks_change_percent: 150,
        revenue: 1,
        revenue_previous: 0,
        revenue_change: 1,
        revenue_change_percent: null,
      },
    ])
    assert.deepEqual(summary, rows[0])
    assert.deepEqual(figureOf('revenue_change_percent')?.kind, 'change_percent')
    assert.equal(figureOf('change'), null)
    assert.equal(figureOf('toString_change'), null)
  })

  it('take what a comparison adds as metric, sort key and filter, and say so when there is none', () => {
    const body = {
      metrics: ['clicks_change'],
      grouping: ['country'],
      sort: [{ name: 'revenue_change', order: 'desc' }],
      filters: [{ name: 'clicks_previous', operator: 'GREATER_THAN', expression: 3 }],
    }
    assert.match(sqlOf({ ...body, compare: 'previous_week' }), /HAVING .* > \{/)
    assert.match(refusal(body), /compare: revenue_change needs an earlier period: add "compare": "previous_period"/)
    assert.deepEqual(reportHints({ range: {}, metrics: ['clicks_change'] }), [
      'metrics: clicks_change needs an earlier period: add "compare": "previous_period" to the request. It was left out.',
    ])
    assert.deepEqual(reportHints({ range: {}, metrics: ['clicks_change', 'clcks'], compare: 'previous_day' }), [
      'metrics: there is no clcks, so it was left out: did you mean clicks?',
    ])
  })

  it('refuse what cannot be worked out, naming the cure', () => {
    for (const [body, message] of [
      [{ compare: 'last_week' }, /compare: must be one of previous_period, .*previous_year/],
      [{ compare: 7 }, /compare: must be one of/],
      [{ compare: 'previous_day', range: { interval: 'all_time' } }, /compare: needs a range with a beginning/],
      [{ conversion_date: 'payment' }, /conversion_date: must be one of click, conversion, sale/],
      [{ trend: 'minute' }, /trend: must be one of day, hour/],
      [{ trend: ['day'] }, /trend: must be one of/],
      [
        { trend: 'day_hour', range: { interval: '5_years_ago' } },
        /trend: by day_hour this range has more than 10000 points/,
      ],
      [
        { filters: [{ name: 'country', operator: 'HAS_LABEL', expression: 'blacklist' }] },
        /Values of country carry no labels\. Those that do: ip, source/,
      ],
      [
        { filters: [{ name: 'source', operator: 'HAS_LABEL', expression: 'greylist' }] },
        /HAS_LABEL compares with whitelist or blacklist/,
      ],
    ] as const)
      assert.match(refusal(body), message)
  })

  it('take other spellings', () => {
    assert.equal(sqlOf({ compare: 'PREVIOUS_PERIOD' }), sqlOf({ compare: '1' }))
    assert.equal(sqlOf({ compare: false }), sqlOf({}))
    const query = parseReportQuery({ limit: 1, offer: '30' })
    assert.equal(query.ok && query.value.offset, 30)
    const named = parseReportQuery({ limit: 1, offer: 'Slim', offset: 2 })
    assert.equal(named.ok && named.value.offset, 2)
    const regs = parseReportQuery({ limit: 1, metrics: ['regs'] })
    assert.deepEqual(regs.ok && regs.value.metrics, ['regs'])
  })

  it('filter by a metric that single clicks have as a column, too, by the metric', () => {
    const filters = [{ name: 'landing_clicked_period', operator: 'GREATER_THAN', expression: 30 }]
    assert.match(sqlOf({ grouping: ['landing'], filters }), /HAVING .*landing_clicked_datetime/)
  })

  it('label rows by what they are grouped by', () => {
    const labels = [
      { campaignId: 4, refName: 'source', value: 'bad', label: 'blacklist' },
      { campaignId: 4, refName: 'ip', value: '10.0.0.1', label: 'whitelist' },
    ] as const
    const bySource = sqlOf({ grouping: ['source', 'label'] }, { labels })
    assert.match(
      bySource,
      /multiIf\(concat\(toString\(campaign_id\), ' ', source\) IN \{\w+:Array\(String\)\}, 'blacklist', 0, 'whitelist', ''\)/,
    )
    assert.doesNotMatch(bySource, / ip\)/)
    assert.match(sqlOf({ grouping: ['label'] }, { labels }), /source\) .*, ip\)|source\).*ip\)/)
    assert.match(sqlOf({ grouping: ['label'] }), /multiIf\(0, 'blacklist', 0, 'whitelist', ''\)/)
  })

  it('draw a trend of the rows that were chosen by their metrics', () => {
    const filters = [{ name: 'clicks', operator: 'GREATER_THAN', expression: 10 }]
    const plan = planned({ grouping: ['country'], trend: 'day', filters })
    assert.ok(typeof plan !== 'string' && plan.trend)
    assert.match(plan.trend.sql, /\(country\) IN \(SELECT country AS d0/)
    const { trend } = plan.present(
      { rows: [], totals: null, rowsBeforeLimit: 0 },
      { rows: [{ point: '2026-02-02', c_count: 3 }] },
    )
    assert.deepEqual(trend, [{ day: '2026-02-02', clicks: 3, revenue: 0 }])
  })
})
