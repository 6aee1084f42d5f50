import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Result } from '../result.ts'
import { operators } from './operators.ts'
import { planReport } from './plan.ts'
import { planClickLog } from './plan-log.ts'
import {
  parseClickLogQuery,
  parseConversionLogQuery,
  parseReportQuery,
  type ReportQuery,
  reportNames,
} from './query.ts'
import { reportHints } from './request-hints.ts'

const context = { names: {}, nowMs: Date.UTC(2026, 1, 3), defaultTimeZone: 'UTC', firstWeekday: 1 }
const parsed = (body: object): ReportQuery => {
  const query = parseReportQuery({ limit: 10, ...body })
  assert.ok(query.ok, JSON.stringify(query))
  return query.value
}
const refusal = <T>(result: Result<T>): string => {
  assert.ok(!result.ok)
  return result.problems.map(({ code, at, message }) => `${code} ${at}: ${message}`).join('; ')
}
const filtered = (filter: object) => planReport(parsed({ metrics: ['clicks'], filters: [filter] }), context)

describe('report request', () => {
  it('takes both families of names, the newer wins', () => {
    assert.deepEqual(
      parsed({ grouping: ['day'], dimensions: ['campaign'], metrics: ['cr'], measures: ['roi'] }).dimensions,
      ['campaign'],
    )
    assert.deepEqual(parsed({ grouping: ['day'], metrics: ['cr'] }).metrics, ['cr'])
  })
  it('takes plain columns among the metrics as dimensions', () => {
    const query = parsed({ metrics: ['campaign_id', 'datetime', 'clicks'] })
    assert.deepEqual([query.dimensions, query.metrics], [['campaign_id', 'datetime'], ['clicks']])
  })
  it('takes the order synonym and any case of the direction', () => {
    assert.deepEqual(parsed({ grouping: ['day'], order: [['day', 'DESC']] }).sort, [{ name: 'day', descending: true }])
    assert.deepEqual(parsed({ sort: [{ name: 'clicks', order: 'Desc' }] }).sort, [{ name: 'clicks', descending: true }])
    assert.deepEqual(parsed({ sort: { name: 'clicks' } }).sort, [{ name: 'clicks', descending: false }])
  })
  it('takes numbers as text, lists as text, null for absent, and skips disabled filters', () => {
    const query = parsed({
      limit: '20',
      offset: null,
      filters: [
        { name: 'country_code', operator: 'in_list', expression: 'PL, DE' },
        { name: 'city', operator: 'EQUALS', expression: 'x', disabled: true },
      ],
    })
    assert.deepEqual([query.limit, query.offset], [20, 0])
    assert.deepEqual(query.filters, [
      { name: 'country_code', operator: 'IN_LIST', values: ['PL', 'DE'], caseSensitive: false },
    ])
  })
  it('lists what is valid when a name is not', () => {
    for (const [name, words] of [
      ['tid', /"tid"\. It is a column of \/conversions\/log/],
      ['roi', /"roi"\. It is a metric: name it in metrics/],
      ['ipv4only', /"ipv4only"\. It is a column of \/clicks\/log/],
    ] as const)
      assert.match(refusal(parseReportQuery({ limit: 1, grouping: [name] })), words)
    assert.match(refusal(parseReportQuery({ limit: 1, grouping: ['constructor'] })), /grouping: .*Valid: .*country/)
    assert.match(refusal(parseReportQuery({ limit: 1, sort: [{ name: 'city' }] })), /sort/)
    assert.match(refusal(parseClickLogQuery({ limit: 1, columns: ['nope'] })), /Valid: .*sub_id/)
    assert.match(refusal(parseConversionLogQuery({ limit: 1, columns: ['nope'] })), /Valid: .*tid/)
    assert.match(refusal(parseReportQuery('text')), /bad_request/)
  })
  it('leaves out metrics that nobody knows, and says so', () => {
    const asked = { limit: 1, metrics: ['clicks', 'sale_cr', 'clcks', 'country'] }
    assert.deepEqual([parsed(asked).metrics, parsed(asked).dimensions], [['clicks'], ['country']])
    const [first, second] = reportHints(asked)
    assert.match(first ?? '', /there is no sale_cr, so it was left out/)
    assert.match(second ?? '', /there is no clcks.*did you mean clicks/)
  })
  it('joins filters by OR', () => {
    const [us, pl, many] = [
      { name: 'country', operator: 'EQUALS', expression: 'US' },
      { name: 'source', operator: 'CONTAINS', expression: 'a' },
      { name: 'clicks', operator: 'GREATER_THAN', expression: 5 },
    ]
    const sqlOf = (filters: unknown) => {
      const planned = planReport(parsed({ grouping: ['campaign'], metrics: ['clicks'], filters }), context)
      return planned.ok ? planned.value.sql : planned.problems.map(({ message }) => message).join()
    }
    for (const filters of [
      { OR: [us, pl] },
      [{ OR: [us, pl] }],
      { AND: [{ OR: [us, pl] }] },
      JSON.stringify({ OR: [us, pl] }),
    ])
      assert.match(sqlOf(filters), /\(country.* OR .*source.*\)/)
    assert.match(sqlOf([{ OR: [us, pl] }, pl]), /\(country.* OR .*\)\n {2}AND /)
    assert.match(sqlOf({ OR: [many, many] }), /HAVING sum\(sign\) > 0 AND \(.* OR .*\)/)
    assert.match(sqlOf({ OR: [us] }), /WHERE country IN \{\w+:Array\(String\)\}\n/)
    assert.match(sqlOf({ OR: [us, many] }), /one OR cannot hold columns and metrics/)
    const log = parseClickLogQuery({ limit: 1, filters: { OR: [us, pl] } })
    const planned = log.ok ? planClickLog(log.value, context) : log
    assert.ok(planned.ok)
    assert.match(planned.value.page.sql, /\(country.* OR .*source.*\)/)
  })
  it('wants a range or a limit', () =>
    assert.match(refusal(parseReportQuery({ metrics: ['clicks'] })), /Name a range or a limit/))
  it('knows every dimension and metric it lists', () => {
    assert.ok(planReport(parsed({ grouping: reportNames.dimensions, metrics: reportNames.metrics }), context).ok)
  })
})

describe('report filters', () => {
  it('are the 21 of the API', () => assert.equal(Object.keys(operators).length, 21))
  it('never put text of the request into the statement', () => {
    const evil = "'; DROP TABLE clicks --"
    for (const operator of Object.keys(operators))
      for (const name of ['city', 'campaign', 'day']) {
        const plan = filtered({ name, operator, expression: operator === 'BETWEEN' ? [evil, evil] : evil })
        if (plan.ok) assert.ok(!plan.value.sql.includes('DROP'), operator)
      }
  })
  it('refuse what cannot be read', () => {
    assert.match(
      refusal(filtered({ name: 'city', operator: 'LIKE', expression: 'x' })),
      /There is no operator "LIKE"\. Valid: EQUALS/,
    )
    assert.match(refusal(filtered({ name: 'campaign_id', operator: 'EQUALS', expression: 'abc' })), /not a number/)
    assert.match(
      refusal(filtered({ name: 'datetime', operator: 'BETWEEN', expression: ['2026-01-01', 'x'] })),
      /not a date/,
    )
    assert.match(
      refusal(filtered({ name: 'city', operator: 'MATCH_REGEXP', expression: '/(?=x)/' })),
      /not a regular expression/,
    )
    assert.match(refusal(filtered({ name: 'city', operator: 'BETWEEN', expression: ['a'] })), /two values/)
    assert.match(refusal(filtered({ name: 'clicks', operator: 'GREATER_THAN', expression: '' })), /not a number/)
  })
  it('on metrics apply after grouping', () => {
    const plan = filtered({ name: 'roi', operator: 'GREATER_THAN', expression: 10 })
    assert.ok(plan.ok)
    assert.match(plan.value.sql, /HAVING/)
  })
})
