import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { makeSubId } from './contract.ts'
import { toLine } from './line.ts'
import { click, NOW_MS, openReports, type Row } from './report-harness.ts'

const { given, addStates, clickLog, conversionLog } = openReports()

describe('the click log', () => {
  const MINUTE_MS = 60_000
  const aClick = fc.record({
    minutesAgo: fc.integer({ min: 0, max: 400 }),
    campaign_id: fc.integer({ min: 1, max: 2 }),
    /** Offers the click was at, one after another. */
    offers: fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 4 }),
  })
  const request = fc.record({
    limit: fc.integer({ min: 1, max: 12 }),
    offset: fc.integer({ min: 0, max: 30 }),
    order: fc.constantFrom('asc', 'desc'),
    key: fc.constantFrom('datetime', 'offer_id'),
    filters: fc.constantFrom(
      [],
      [{ name: 'campaign_id', operator: 'EQUALS', expression: 1 }],
      [{ name: 'offer_id', operator: 'IN_LIST', expression: [0, 2] }],
    ),
  })

  it('pages through clicks as they are now, whatever they were before', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(aClick, { maxLength: 40 }),
        fc.array(request, { minLength: 6, maxLength: 6 }),
        async (clicks, requests) => {
          const now = clicks.map(({ minutesAgo, campaign_id, offers }) => {
            const row = click({ datetime: NOW_MS - minutesAgo * MINUTE_MS, campaign_id })
            return { row, states: offers.map((offer_id) => ({ ...row, offer_id })) }
          })
          await given([])
          const lines = now.flatMap(({ states }) =>
            states.flatMap((state, i) => {
              const before = states[i - 1]
              return [...(before ? [toLine('clicks', before, i, -1)] : []), toLine('clicks', state, i + 1)]
            }),
          )
          if (lines.length > 0) await addStates(lines)
          const current: Row[] = now.flatMap(({ states }) => states.slice(-1))
          for (const { limit, offset, order, key, filters } of requests) {
            const [filter] = filters
            const wanted = current.filter(
              (row) => !filter || [filter.expression].flat().some((one) => one === Number(row[filter.name])),
            )
            const sign = order === 'asc' ? 1 : -1
            wanted.sort(
              (a, b) => sign * (Number(a[key]) - Number(b[key]) || (String(a.sub_id) < String(b.sub_id) ? -1 : 1)),
            )
            const found = await clickLog({ columns: ['sub_id'], limit, offset, sort: [{ name: key, order }], filters })
            assert.equal(found.total, wanted.length)
            assert.deepEqual(
              found.rows.map((row) => row.sub_id),
              wanted.slice(offset, offset + limit).map((row) => row.sub_id),
            )
          }
        },
      ),
      { numRuns: 12, seed: 5 },
    ))
})

describe('cursors', () => {
  const KEYS = [
    'datetime',
    'campaign',
    'source',
    'offer_id',
    'cost',
    'day',
    'is_bot',
    'landing_clicked_period',
    'profit',
  ]
  const aClick = fc.record({
    minutesAgo: fc.integer({ min: 0, max: 4000 }),
    campaign_id: fc.integer({ min: 1, max: 4 }),
    source: fc.constantFrom('', 'a', 'B', "o'neil\\", 'é', '\u0000\n'),
    offer_id: fc.integer({ min: 0, max: 3 }),
    is_bot: fc.integer({ min: 0, max: 1 }),
    cost: fc.integer({ min: 0, max: 4 }).map((micros) => micros * 333_333),
  })
  const order = fc.array(fc.record({ name: fc.constantFrom(...KEYS), order: fc.constantFrom('asc', 'desc') }), {
    maxLength: 3,
  })

  it('lead through every click once, in order, while new ones come in front', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(aClick, { minLength: 1, maxLength: 25 }),
        fc.array(order, { minLength: 4, maxLength: 4 }),
        fc.integer({ min: 1, max: 9 }),
        async (clicks, orders, limit) => {
          const rows = clicks.map(({ minutesAgo, ...more }) =>
            click({ datetime: NOW_MS - minutesAgo * 61_007, ...more }),
          )
          await given(rows)
          for (const [i, sort] of orders.entries()) {
            const body = { columns: ['sub_id'], sort, limit }
            const all = (await clickLog({ ...body, limit: 1000 })).rows
            const paged: Record<string, unknown>[] = []
            let cursor: string | null = ''
            while (cursor !== null) {
              const page = await clickLog({ ...body, ...(cursor ? { cursor } : {}) })
              assert.ok(page.rows.length <= limit)
              assert.ok(cursor || page.total === all.length)
              paged.push(...page.rows)
              cursor = page.cursor
              // Newer than all: in front of the newest, where nobody looks any more.
              if (sort.length === 0) {
                const line = click({ datetime: NOW_MS + (paged.length + i * 100) * 1000 })
                await addStates([toLine('clicks', line, 1)])
              }
            }
            assert.deepEqual(paged, all)
          }
        },
      ),
      { numRuns: 5, seed: 3 },
    ))

  it('lead through conversions as well, and not from one order into another', async () => {
    const at = NOW_MS - 86_400_000
    const made = Array.from({ length: 7 }, (_, i) => ({
      ...click({ datetime: at + i }),
      ...{
        conversion_id: `c-${i}`,
        status: i % 2 ? 'sale' : 'lead',
        revenue: 1_000_000,
        postback_datetime: NOW_MS + (i % 3),
      },
    }))
    await given(made, 'conversions')
    const first = await conversionLog({ columns: ['conversion_id'], limit: 3 })
    const second = await conversionLog({ columns: ['conversion_id'], limit: 4, cursor: first.cursor })
    assert.deepEqual(
      [...first.rows, ...second.rows].map((row) => row.conversion_id),
      ['c-5', 'c-2', 'c-4', 'c-1', 'c-6', 'c-3', 'c-0'],
    )
    const sort = [{ name: 'status', order: 'asc' }]
    await assert.rejects(conversionLog({ limit: 3, cursor: first.cursor, sort }), /cursor: must be that of the answer/)
    await assert.rejects(clickLog({ limit: 3, cursor: first.cursor }), /cursor: must be that of the answer/)
  })
})

describe('the conversion log', () => {
  it('lists conversions by the time of the postback', async () => {
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
      cursor: null,
    })
  })
})
