import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import cases from '@trackyard/core/cases/report-metrics.json' with { type: 'json' }
import type { ReportContext } from '@trackyard/core/report/context.ts'
import { metrics } from '@trackyard/core/report/metrics.ts'
import { planReport, type Report } from '@trackyard/core/report/plan.ts'
import { type LogPlan, planClickLog, planConversionLog } from '@trackyard/core/report/plan-log.ts'
import {
  parseClickLogQuery,
  parseConversionLogQuery,
  parseReportQuery,
  reportNames,
} from '@trackyard/core/report/query.ts'
import type { Result } from '@trackyard/core/result.ts'
import fc from 'fast-check'
import { type SpawnedStore, spawnStore } from '../../store/spawn-store.ts'
import { openClickHouseEvents } from './clickhouse.ts'
import { makeSubId } from './contract.ts'
import { toLine } from './line.ts'
import type { EventQueries, EventStore, EventTable } from './port.ts'

type Row = Record<string, string | number>

const NOW_MS = Date.UTC(2026, 1, 3, 14, 5, 9)
const context: ReportContext = {
  names: {
    campaigns: new Map([
      [1, 'Zeta'],
      [2, 'alpha'],
      [3, 'alpha'],
    ]),
    groups: new Map([[7, 'Group seven']]),
  },
  groups: {
    campaigns: new Map([
      [1, 7],
      [2, 7],
    ]),
  },
  labels: [{ campaignId: 1, refName: 'source', value: 'bad.test', label: 'blacklist' }],
  nowMs: NOW_MS,
  defaultTimeZone: 'UTC',
  firstWeekday: 1,
}

let server: SpawnedStore
let store: EventStore & EventQueries
let databases = 0

const value = <T>(result: Result<T>): T => {
  assert.ok(result.ok, JSON.stringify(result))
  return result.value
}
const report = async (body: object, more: Partial<ReportContext> = {}): Promise<Report> => {
  const plan = value(
    planReport(value(parseReportQuery({ range: { interval: 'all_time' }, ...body })), { ...context, ...more }),
  )
  return plan.present(await store.query(plan))
}
const listed = async (plan: LogPlan): Promise<ReturnType<LogPlan['present']>> =>
  plan.present((await store.query(plan.page)).rows, (await store.query(plan.count)).rows)
const clickLog = async (body: object) =>
  listed(value(planClickLog(value(parseClickLogQuery({ limit: 100, ...body })), context)))
const conversionLog = async (body: object) =>
  listed(value(planConversionLog(value(parseConversionLogQuery({ limit: 100, ...body })), context)))

/** A database of its own with these rows; the row before a change is stored too, cancelled. */
async function given(rows: readonly Row[], table: EventTable = 'clicks'): Promise<void> {
  await store?.close()
  store = openClickHouseEvents({
    url: 'http://localhost',
    socketPath: server.socketPath,
    password: server.password,
    database: `report_${++databases}`,
  })
  await store.migrate()
  await add(rows, table)
}
const add = (rows: readonly Row[], table: EventTable): Promise<void> =>
  store.insertLines(
    table,
    rows.map((row, i) => toLine(table, row, i + 1)),
    'test',
  )

const click = (more: Row): Row => {
  const datetime = Number(more.datetime ?? NOW_MS)
  return { sub_id: makeSubId(datetime), datetime, campaign_id: 1, ...more }
}

before(async () => {
  server = await spawnStore()
})
after(async () => {
  await store?.close()
  await server?.stop()
})

describe('reports in the store', () => {
  it(`count ${cases.name} as the table says`, async () => {
    const rows: readonly Readonly<Record<string, string | number | undefined>>[] = cases.clicks
    await given(
      rows.map(({ landing_clicked_after_s, ...row }) => {
        const present = Object.fromEntries(
          Object.entries(row).flatMap(([name, cell]) => (cell === undefined ? [] : [[name, cell]])),
        )
        return click({
          ...present,
          landing_clicked_datetime:
            landing_clicked_after_s === undefined ? 0 : NOW_MS + Number(landing_clicked_after_s) * 1000,
        })
      }),
    )
    const names = Object.keys(metrics)
    const expected: Record<string, number> = cases.expected
    assert.deepEqual(await report({ metrics: names }), { rows: [expected], total: 1 })
    assert.deepEqual(await report({ grouping: ['campaign'], metrics: names, summary: true }), {
      rows: [{ campaign: 'Zeta', ...expected }],
      total: 1,
      summary: expected,
    })
    for (const [name, number] of Object.entries(expected)) {
      // Also a column of single clicks, and filters take columns first.
      if (name === 'landing_clicked_period') continue
      const found = await report({
        grouping: ['campaign_id'],
        metrics: ['clicks'],
        filters: [{ name, operator: 'EQUALS', expression: String(number) }],
      })
      assert.equal(found.total, 1, name)
    }
  })

  it('answer with one row of zeros when there is nothing, and no rows when grouped', async () => {
    await given([])
    assert.deepEqual(await report({ metrics: ['clicks', 'roi'] }), { rows: [{ clicks: 0, roi: 0 }], total: 1 })
    assert.deepEqual(await report({ grouping: ['day'], metrics: ['clicks'], summary: true }), {
      rows: [],
      total: 0,
      summary: { clicks: 0 },
    })
  })

  it('see a click as it is now, and forget the groups it left', async () => {
    const old = click({ offer_id: 0, landing_id: 5, cost: 100_000 })
    const next = { ...old, offer_id: 9, landing_clicked: 1, sales: 1, sale_revenue: 3_000_000, is_sale: 1 }
    await given([old, click({ campaign_id: 2, cost: 1 })])
    await store.insertLines('clicks', [toLine('clicks', old, 1, -1), toLine('clicks', next, 9)], 'x')
    assert.deepEqual(
      await report({
        grouping: ['campaign_id', 'offer_id', 'is_sale'],
        metrics: ['clicks', 'cost', 'revenue', 'lp_clicks'],
        sort: [{ name: 'campaign_id' }],
      }),
      {
        rows: [
          { campaign_id: 1, offer_id: 9, is_sale: true, clicks: 1, cost: 0.1, revenue: 3, lp_clicks: 1 },
          { campaign_id: 2, offer_id: 0, is_sale: false, clicks: 1, cost: 0, revenue: 0, lp_clicks: 0 },
        ],
        total: 2,
      },
    )
    const log = await clickLog({
      columns: ['sub_id', 'is_sale', 'revenue', 'profit', 'offer', 'datetime', 'landing_clicked_datetime', 'now'],
    })
    assert.equal(log.total, 2)
    assert.deepEqual(
      log.rows.find((row) => row.is_sale),
      {
        sub_id: old.sub_id,
        is_sale: true,
        revenue: 3,
        profit: 2.9,
        offer: '#9',
        datetime: '2026-02-03 14:05:09',
        landing_clicked_datetime: null,
        now: '2026-02-03 14:05:09',
      },
    )
    assert.equal((await clickLog({ filters: [{ name: 'offer_id', operator: 'EQUALS', expression: 0 }] })).total, 1)
    assert.equal(
      (await clickLog({ filters: [{ name: 'revenue', operator: 'GREATER_THAN', expression: 2.99 }] })).rows.length,
      1,
    )
  })

  it('add up money exactly', async () => {
    await given(Array.from({ length: 1000 }, () => click({ cost: 100_001, sale_revenue: 33_333 })))
    assert.deepEqual((await report({ metrics: ['cost', 'revenue', 'profit', 'cpc'] })).rows, [
      { cost: 100.001, revenue: 33.333, profit: -66.668, cpc: 0.1 },
    ])
  })

  it('sort names as people read them, break ties by id, page without gaps, sum up what is filtered', async () => {
    await given([1, 1, 2, 3, 3, 4].map((campaign_id) => click({ campaign_id })))
    const body = {
      grouping: ['campaign', 'campaign_id'],
      metrics: ['clicks'],
      sort: [{ name: 'campaign', order: 'ASC' }],
    }
    const all = await report(body)
    assert.deepEqual(
      all.rows.map((row) => [row.campaign, row.campaign_id, row.clicks]),
      [
        ['alpha', 2, 1],
        ['alpha', 3, 2],
        ['Zeta', 1, 2],
        ['#4', 4, 1],
      ],
    )
    const pages = await Promise.all([0, 1, 2, 3].map((offset) => report({ ...body, limit: 1, offset })))
    assert.deepEqual(
      pages.map(({ rows }) => rows[0]),
      all.rows,
    )
    assert.deepEqual(
      pages.map(({ total }) => total),
      [4, 4, 4, 4],
    )
    const some = await report({
      ...body,
      limit: 1,
      summary: true,
      filters: [{ name: 'clicks', operator: 'EQUALS_OR_GREATER_THAN', expression: '2' }],
    })
    assert.deepEqual([some.total, some.summary], [2, { clicks: 4 }])
    assert.deepEqual(
      (await report({ grouping: ['campaign_id'], metrics: ['clicks'] })).rows.map((row) => row.campaign_id),
      [1, 3, 2, 4],
    )
    assert.deepEqual((await report({ grouping: ['campaign_group'], metrics: ['clicks'] })).rows, [
      { campaign_group: null, clicks: 3 },
      { campaign_group: 'Group seven', clicks: 3 },
    ])
  })

  it('filter by names, labels and what a reader may see', async () => {
    await given([
      click({ campaign_id: 1, source: 'bad.test' }),
      click({ campaign_id: 2, source: 'bad.test' }),
      click({ campaign_id: 4, country: 'PL' }),
      click({ campaign_id: 0 }),
    ])
    const campaigns = async (filter: object, more: Partial<ReportContext> = {}) =>
      (
        await report(
          { grouping: ['campaign_id'], metrics: ['clicks'], filters: [filter], sort: [{ name: 'campaign_id' }] },
          more,
        )
      ).rows.map((row) => row.campaign_id)
    assert.deepEqual(await campaigns({ name: 'campaign', operator: 'EQUALS', expression: 'ZETA' }), [1])
    assert.deepEqual(
      await campaigns({ name: 'campaign', operator: 'EQUALS', expression: 'ZETA', case_sensitive: true }),
      [],
    )
    assert.deepEqual(await campaigns({ name: 'campaign', operator: 'NOT_CONTAIN', expression: 'zeta' }), [0, 2, 4])
    assert.deepEqual(await campaigns({ name: 'campaign', operator: 'IS_NOT_SET' }), [0])
    assert.deepEqual(await campaigns({ name: 'country', operator: 'BEGINS_WITH', expression: 'pol' }), [4])
    assert.deepEqual(await campaigns({ name: 'source', operator: 'HAS_LABEL', expression: 'blacklist' }), [1])
    assert.deepEqual(await campaigns({ name: 'source', operator: 'NOT_HAS_LABEL', expression: 'blacklist' }), [0, 2, 4])
    assert.deepEqual(await campaigns({ name: 'city', operator: 'IS_NOT_SET' }, { campaignIds: [2, 4] }), [2, 4])
    assert.deepEqual(await campaigns({ name: 'city', operator: 'IS_NOT_SET' }, { campaignIds: [] }), [])
  })

  it('run with every dimension, metric, sort key and log column there is', async () => {
    await given([
      click({ ip: '203.0.113.9', country: 'PL', language: 'pl' }),
      click({ ip: '2001:db8:1:2::1' }),
      click({ ip: 'odd' }),
    ])
    const wide = await report({
      grouping: reportNames.dimensions,
      metrics: reportNames.metrics,
      sort: [...reportNames.dimensions, ...reportNames.metrics].map((name) => ({ name })),
    })
    assert.equal(wide.total, 3)
    for (const name of reportNames.dimensions)
      assert.equal(
        (
          await report({
            grouping: [name],
            metrics: ['clicks'],
            filters: [{ name, operator: 'NOT_MATCH_REGEXP', expression: '^\\x{0}$' }],
          })
        ).total > 0,
        true,
        name,
      )
    const log = await clickLog({ columns: reportNames.clickLog, sort: reportNames.clickLog.map((name) => ({ name })) })
    const [first] = log.rows.filter((row) => row.ip === '203.0.113.9')
    assert.equal(log.total, 3)
    assert.deepEqual(
      {
        mask1: first?.ip_mask1,
        mask2: first?.ip_mask2,
        v4: first?.ipv4only,
        v6: first?.ipv6only,
        country: first?.country,
        language: first?.language,
        flag: first?.country_flag,
        sign: first?.sign,
      },
      {
        mask1: '203.0.0.0 - 203.0.255.255',
        mask2: '203.0.113.0 - 203.0.113.255',
        v4: '203.0.113.9',
        v6: '',
        country: 'Poland',
        language: 'Polish',
        flag: 'pl',
        sign: 1,
      },
    )
    assert.equal(
      log.rows.find((row) => row.ip === '2001:db8:1:2::1')?.ip_mask2,
      '2001:db8:1:: - 2001:db8:1:ffff:ffff:ffff:ffff:ffff',
    )
    const conversions = await conversionLog({
      columns: reportNames.conversionLog,
      sort: reportNames.conversionLog.map((name) => ({ name })),
    })
    assert.deepEqual(conversions, { rows: [], total: 0 })
  })

  it('list conversions by the time of the postback', async () => {
    const at = Date.UTC(2026, 0, 31, 23, 0, 0)
    const base = { sub_id: makeSubId(at), datetime: at, campaign_id: 2, tid: 'T1' }
    await given(
      [
        { ...base, conversion_id: 'a', status: 'lead', revenue: 1_000_000, postback_datetime: at + 86_400_000 },
        {
          ...base,
          conversion_id: 'b',
          status: 'sale',
          revenue: 2_500_000,
          conversion_cost: 500_000,
          postback_datetime: at + 90_000_000,
          sale_datetime: at + 60_000,
          params: '{"a":"1"}',
        },
        { ...base, conversion_id: 'a', status: 'rejected', revenue: 1_000_000, postback_datetime: at + 86_400_000 },
        { ...base, conversion_id: 'c', status: 'lead', postback_datetime: at },
      ],
      'conversions',
    )
    const columns = [
      'conversion_id',
      'campaign',
      'status',
      'revenue',
      'cost',
      'profit',
      'click_datetime',
      'postback_datetime',
      'sale_datetime',
      'sale_period',
      'params',
    ]
    assert.deepEqual(await conversionLog({ columns, range: { from: '2026-02-01', to: '2026-02-28' } }), {
      rows: [
        {
          conversion_id: 'b',
          campaign: 'alpha',
          status: 'sale',
          revenue: 2.5,
          cost: 0.5,
          profit: 2,
          click_datetime: '2026-01-31 23:00:00',
          postback_datetime: '2026-02-02 00:00:00',
          sale_datetime: '2026-01-31 23:01:00',
          sale_period: 60,
          params: { a: '1' },
        },
        {
          conversion_id: 'a',
          campaign: 'alpha',
          status: 'rejected',
          revenue: 1,
          cost: 0,
          profit: 1,
          click_datetime: '2026-01-31 23:00:00',
          postback_datetime: '2026-02-01 23:00:00',
          sale_datetime: null,
          sale_period: null,
          params: {},
        },
      ],
      total: 2,
    })
  })
})

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

describe('filters in the store', () => {
  const words = [
    '',
    'a',
    'A',
    'ab',
    'Ba',
    'żÓłw',
    '%',
    '_',
    '10',
    '9',
    '2.5',
    '-3',
    "it's",
    'a\\b',
    'line\nbreak',
    '[x]',
  ]
  const rows = words.flatMap((keyword, i) => [
    click({ keyword, asn: i, is_bot: i % 2, cost: i * 1_250_000 }),
    click({ keyword, asn: 7 }),
  ])
  const lower = (text: string): string => text.toLowerCase()
  /** What each operator means for a text, in the plainest words. */
  const plain: Record<string, (text: string, wanted: string) => boolean> = {
    EQUALS: (text, wanted) => lower(text) === lower(wanted),
    CONTAINS: (text, wanted) => lower(text).includes(lower(wanted)),
    BEGINS_WITH: (text, wanted) => lower(text).startsWith(lower(wanted)),
    ENDS_WITH: (text, wanted) => lower(text).endsWith(lower(wanted)),
    IN_LIST: (text, wanted) => wanted.split(',').some((one) => lower(one.trim()) === lower(text)),
    IS_SET: (text) => text !== '',
    MATCH_REGEXP: (text, wanted) => new RegExp(wanted.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'), 'is').test(text),
    GREATER_THAN: (text, wanted) =>
      isNumber(wanted) ? isNumber(text) && Number(text) > Number(wanted) : text > wanted,
    EQUALS_OR_LESS_THAN: (text, wanted) =>
      isNumber(wanted) ? isNumber(text) && Number(text) <= Number(wanted) : text <= wanted,
  }
  const isNumber = (text: string): boolean => text !== '' && Number.isFinite(Number(text))
  const opposites: Record<string, string> = {
    EQUALS: 'NOT_EQUAL',
    CONTAINS: 'NOT_CONTAIN',
    IN_LIST: 'NOT_IN_LIST',
    IS_SET: 'IS_NOT_SET',
    MATCH_REGEXP: 'NOT_MATCH_REGEXP',
  }

  before(() => given(rows))
  const found = async (filters: object[]): Promise<unknown[]> =>
    (await clickLog({ columns: ['sub_id'], filters })).rows.map((row) => row.sub_id).sort()

  it('on texts agree with plain comparison', () =>
    fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...Object.keys(plain)),
        fc.constantFrom(...words, 'a,9', 'zz'),
        fc.boolean(),
        async (operator, wanted, negate) => {
          const name = negate ? (opposites[operator] ?? operator) : operator
          const expression = operator === 'MATCH_REGEXP' ? wanted.replace(/[.*+?^${}()|[\]\\]/g, '\\$&') : wanted
          const expected = rows
            .filter((row) => plain[operator]?.(String(row.keyword), wanted) !== (name !== operator))
            .map((row) => row.sub_id)
          assert.deepEqual(await found([{ name: 'keyword', operator: name, expression }]), expected.sort())
        },
      ),
      { numRuns: 120, seed: 11 },
    ))

  it('on numbers, flags and money agree with plain comparison, and are all joined by AND', () =>
    fc.assert(
      fc.asyncProperty(
        fc.integer({ min: -1, max: 17 }),
        fc.integer({ min: -1, max: 17 }),
        fc.boolean(),
        async (low, high, bot) => {
          const expected = rows.filter(
            (row) =>
              Number(row.asn) >= low &&
              Number(row.asn) <= high &&
              (row.is_bot === 1) === bot &&
              Number(row.cost ?? 0) / 1e6 < 1.25 * high,
          )
          const filters = [
            { name: 'asn', operator: 'BETWEEN', expression: [low, String(high)] },
            { name: 'is_bot', operator: bot ? 'IS_TRUE' : 'IS_FALSE' },
            { name: 'cost', operator: 'LESS_THAN', expression: 1.25 * high },
          ]
          assert.deepEqual(await found(filters), expected.map((row) => row.sub_id).sort())
        },
      ),
      { numRuns: 40, seed: 12 },
    ))
})
