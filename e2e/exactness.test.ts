import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { z } from 'zod'
import { makePast } from '../packages/server/src/demo/past-traffic.ts'
import { pathsOf } from '../packages/server/src/paths.ts'
import { createHttpSession } from '../packages/server/src/simulate/http-session.ts'
import { createRandom, type Random } from '../packages/server/src/simulate/random.ts'
import { runStories } from '../packages/server/src/simulate/run.ts'
import { createSampleCampaigns } from '../packages/server/src/simulate/sample-campaigns.ts'
import type { Totals } from '../packages/server/src/simulate/story.ts'
import { POSTBACK_KEY, startYard, type Yard } from './harness.ts'
import {
  COLUMNS,
  type Column,
  columns,
  localTime,
  METRICS,
  type NaiveFilter,
  type Names,
  naiveReport,
  type Question,
} from './recount/naive-report.ts'
import { type NaiveClick, recount } from './recount/recount.ts'

/** Enough days to meet the end of summer time somewhere, whenever the test runs, or a new year. */
const PAST_DAYS = 200
const PAST_CLICKS = 3000
const VISITORS = 800
const REPORTS = 120
const SEED = 20260203
const ZONES: readonly [string, ...string[]] = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'Asia/Kolkata',
  'Asia/Kathmandu',
  'Pacific/Auckland',
  'Pacific/Kiritimati',
  'America/St_Johns',
]

const reportAnswer = z.object({
  rows: z.array(z.record(z.string(), z.unknown())),
  total: z.number(),
  summary: z.record(z.string(), z.number()).optional(),
})
const entities = z.array(z.object({ id: z.number(), name: z.string() }))

describe('reports and the spool tell the same story', { timeout: 120_000 }, () => {
  let yard: Yard
  let totals: Totals
  let clicks: NaiveClick[]
  let names: Names

  before(async () => {
    yard = await startYard({
      env: {
        TRACKYARD_SPOOL_KEEP_HOURS: '1000',
        TRACKYARD_SPOOL_SEGMENT_BYTES: '131072',
        TRACKYARD_LOG_LEVEL: 'warn',
      },
    })
    const aliases = await createSampleCampaigns(yard.api)
    await yard.until('campaigns are served', 5000, async () => (await yard.readyz())?.tracker.campaigns === 3)
    await yard.stop()
    const paths = pathsOf(yard.dataDir)
    const past = await makePast({
      paths,
      aliases,
      clicks: PAST_CLICKS,
      days: PAST_DAYS,
      nowMs: Date.now(),
      seed: SEED,
      onProgress: () => undefined,
    })
    await yard.start()
    const session = createHttpSession(yard.base, { speed: 400_000, longestMs: 300 }, 48)
    const live = await runStories({
      session,
      aliases,
      postbackKey: POSTBACK_KEY,
      visitors: VISITORS,
      seed: SEED,
      concurrency: 48,
    })
    session.close()
    totals = addTotals(past, live)
    await yard.waitUntilStored()
    clicks = recount(paths.spool)
    const namesOf = async (path: string) =>
      new Map(entities.parse(await yard.api('GET', path)).map(({ id, name }) => [id, name]))
    names = { campaign: await namesOf('/campaigns'), offer: await namesOf('/offers') }
  })
  after(() => yard?.dispose())

  it('sums are what the visitors and networks sent', async (t) => {
    t.diagnostic(JSON.stringify(totals))
    assert.equal(totals.failures, 0)
    assert.ok(totals.clicks > VISITORS && totals.sales > 10 && totals.landingClicks > 50)
    const { summary } = reportAnswer.parse(
      await yard.api('POST', '/report/build', {
        range: { interval: 'all_time' },
        metrics: ['clicks', 'lp_clicks', 'leads', 'sales', 'rejected', 'revenue'],
        summary: true,
      }),
    )
    assert.deepEqual(summary, {
      clicks: totals.clicks,
      lp_clicks: totals.landingClicks,
      leads: totals.leads,
      sales: totals.sales,
      rejected: totals.rejected,
      revenue: totals.revenueCents / 100,
    })
  })

  it('what is changed by hand goes the same way', async () => {
    const atDay = (daysAgo: number): string => new Date(Date.now() - daysAgo * 86_400_000).toISOString().slice(0, 10)
    const [campaign = 0, second = 0] = names.campaign.keys()
    const period = { start_date: atDay(120), end_date: atDay(30), timezone: 'Pacific/Auckland' }
    const some = clicks.filter((click) => click.campaign_id === campaign)
    const converted = clicks.filter(
      (click) => click.is_sale === 1 && click.campaign_id !== second && click.atMs > Date.now() - 30 * 86_400_000,
    )
    const [edited, removed] = some.slice(-2)
    const [rejected, unsold, doubled] = converted
    assert.ok(edited && removed && rejected && unsold && doubled)
    for (const [method, path, body] of [
      ['POST', `/campaigns/${campaign}/update_costs`, { ...period, cost: '1234.567891' }],
      [
        'POST',
        `/campaigns/${campaign}/update_costs`,
        { ...period, cost: '99.999999', filters: { source: some[0]?.source ?? '' } },
      ],
      [
        'POST',
        '/clicks/update_costs',
        {
          campaign_ids: [campaign, second],
          skip_bots: 0,
          costs: { start_date: atDay(300), end_date: atDay(0), cost: 777, only_campaign_uniques: 1 },
        },
      ],
      ['POST', '/clicks/clean', { start_date: atDay(25), end_date: atDay(24), campaign_id: second }],
      ['PUT', `/clicks/${edited.subId}`, { sub_id_1: 'by hand', source: '', cost: '3.141592' }],
      ['DELETE', `/clicks/${removed.subId}`, {}],
      ['PUT', `/conversions/${rejected.subId}-1`, { status: 'rejected', revenue: '7.77' }],
      ['DELETE', `/conversions/${unsold.subId}-1`, {}],
      ['POST', '/conversions', { click_id: doubled.subId, tid: 'by-hand', revenue: 1.5 }],
      ['POST', '/conversions', { click_id: edited.subId, status: 'lead', payout: '0.000001' }],
    ] as const)
      await yard.api(method, path, body)
    await yard.waitUntilStored()
    const before = clicks.length
    clicks = recount(pathsOf(yard.dataDir).spool)
    assert.ok(clicks.length < before - 1, 'the period that was cleaned held clicks')
    assert.equal(clicks.find(({ subId }) => subId === edited.subId)?.lead_revenue, 1)
  })

  it(`${REPORTS} random reports equal a naive recount of the spool`, async (t) => {
    const random = createRandom(SEED)
    let rows = 0
    let filtered = 0
    for (let index = 0; index < REPORTS; index++) {
      const question = randomQuestion(random, clicks, names)
      const expected = naiveReport(clicks, question, names)
      const { zone, from, to } = question
      const { rows: reported, total } = reportAnswer.parse(
        await yard.api('POST', '/report/build', {
          range: { timezone: zone, ...(from === null ? { interval: 'all_time' } : { from, to }) },
          grouping: question.grouping,
          metrics: question.metrics,
          filters: question.filters,
        }),
      )
      assert.deepEqual(inOrder(reported, question), inOrder(expected, question), JSON.stringify(question))
      assert.equal(total, expected.length)
      rows += expected.length
      if (question.filters.length > 0) filtered++
    }
    t.diagnostic(`${REPORTS} reports, ${filtered} with filters, ${rows} rows compared`)
  })
})

function addTotals(a: Totals, b: Totals): Totals {
  const sum = { ...a }
  for (const [name, value] of Object.entries(b)) if (isTotal(name, sum)) sum[name] += value
  return sum
}

const isTotal = (name: string, totals: Totals): name is keyof Totals => Object.hasOwn(totals, name)

function randomQuestion(random: Random, clicks: readonly NaiveClick[], names: Names): Question {
  const zone = random.pick(ZONES)
  const some = <T>(items: readonly T[], count: number): T[] => {
    const left = [...items]
    return Array.from({ length: count }, () => left.splice(random.integer(0, left.length - 1), 1)).flat()
  }
  const times = clicks.map((click) => click.atMs)
  const [first, last] = [Math.min(...times), Math.max(...times)]
  const isAllTime = random.chance(0.4)
  const start = random.integer(first, last)
  return {
    zone,
    from: isAllTime ? null : localTime(start, zone),
    to: isAllTime ? null : localTime(random.integer(start, last), zone),
    grouping: some(COLUMNS, random.integer(1, 4)),
    metrics: some(METRICS, random.integer(1, 8)),
    filters: Array.from({ length: random.integer(0, 2) }, () => randomFilter(random, zone, clicks, names)),
  }
}

const TEXT: readonly [NaiveFilter['operator'], ...NaiveFilter['operator'][]] = [
  'EQUALS',
  'NOT_EQUAL',
  'CONTAINS',
  'NOT_CONTAIN',
  'BEGINS_WITH',
  'IN_LIST',
]

/** Asks for something that some click has, or for a part of it. */
function randomFilter(random: Random, zone: string, clicks: readonly NaiveClick[], names: Names): NaiveFilter {
  const name: Column = COLUMNS[random.integer(0, COLUMNS.length - 2)] ?? 'source'
  const seen = (): string => {
    const click = clicks[random.integer(0, clicks.length - 1)]
    return click ? String(columns[name](click, zone, names) ?? '') : ''
  }
  const value = seen()
  if (value === 'true' || value === 'false')
    return { name, operator: random.chance(0.5) ? 'IS_TRUE' : 'IS_FALSE', expression: '' }
  const operator = random.pick(TEXT)
  if (operator === 'IN_LIST') return { name, operator, expression: [seen(), seen(), value] }
  if (operator === 'EQUALS' || operator === 'NOT_EQUAL') return { name, operator, expression: value }
  const part = operator === 'BEGINS_WITH' ? value.slice(0, 3) : value.slice(1, 4)
  return { name, operator, expression: part }
}

/** Rows as texts in an order that does not depend on who made them. */
const inOrder = (rows: readonly Record<string, unknown>[], { grouping, metrics }: Question): string[] =>
  rows.map((row) => JSON.stringify([...grouping, ...metrics].map((name) => row[name]))).sort()
