import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import cases from '@trackyard/core/cases/report-metrics.json' with { type: 'json' }
import type { ReportContext } from '@trackyard/core/report/context.ts'
import { metrics } from '@trackyard/core/report/metrics.ts'
import { reportNames } from '@trackyard/core/report/query.ts'
import { toLine } from './line.ts'
import { click, NOW_MS, openReports } from './report-harness.ts'

const { given, addStates, report, clickLog, conversionLog } = openReports()

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
    await addStates([toLine('clicks', old, 1, -1), toLine('clicks', next, 9)])
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
    for (const expression of ['PL', 'pl', 'Poland', 'poland']) {
      assert.deepEqual(await campaigns({ name: 'country', operator: 'EQUALS', expression }), [4], expression)
      assert.deepEqual(await campaigns({ name: 'country', operator: 'NOT_EQUAL', expression }), [0, 1, 2], expression)
      assert.deepEqual(await campaigns({ name: 'country', operator: 'IN_LIST', expression: ['X9', expression] }), [4])
      assert.deepEqual(
        await campaigns({ name: 'country', operator: 'NOT_IN_LIST', expression: [expression] }),
        [0, 1, 2],
      )
    }
    assert.deepEqual(await campaigns({ name: 'country', operator: 'EQUALS', expression: '' }), [0, 1, 2])
    assert.deepEqual(await campaigns({ name: 'country_code', operator: 'IN_LIST', expression: 'pl,de' }), [4])
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
    assert.deepEqual(conversions, { rows: [], total: 0, cursor: null })
  })
})
