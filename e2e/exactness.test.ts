import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { z } from 'zod'
import { makePast } from '../packages/server/src/demo/past-traffic.ts'
import { pathsOf } from '../packages/server/src/paths.ts'
import { createHttpSession } from '../packages/server/src/simulate/http-session.ts'
import { createRandom } from '../packages/server/src/simulate/random.ts'
import { runStories } from '../packages/server/src/simulate/run.ts'
import { createSampleCampaigns } from '../packages/server/src/simulate/sample-campaigns.ts'
import type { Totals } from '../packages/server/src/simulate/story.ts'
import { POSTBACK_KEY, startYard, type Yard } from './harness.ts'
import type { Naming } from './recount/naive-columns.ts'
import { naiveReport } from './recount/naive-report.ts'
import type { Happened } from './recount/naive-rows.ts'
import { randomQuestion, randomSort } from './recount/random-question.ts'
import { type NaiveClick, recount } from './recount/recount.ts'
import { sameReport } from './recount/same-report.ts'

/** Enough days to meet the end of summer time somewhere, whenever the test runs, or a new year. */
const PAST_DAYS = 200
const PAST_CLICKS = 3000
const VISITORS = 800
const REPORTS = 60
const SEED = 20260203
const reportAnswer = z.object({
  rows: z.array(z.record(z.string(), z.unknown())),
  total: z.number(),
  summary: z.record(z.string(), z.number().nullable()).optional(),
  trend: z.array(z.record(z.string(), z.unknown())).optional(),
})
const entities = z.array(
  z.object({ id: z.number(), name: z.string(), group_id: z.number().nullish(), campaign_id: z.number().optional() }),
)

describe('reports and the spool tell the same story', { timeout: 300_000 }, () => {
  let yard: Yard
  let totals: Totals
  let clicks: NaiveClick[]
  let happened: Happened[]
  let naming: Naming

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
    look()
    naming = await nameThings(yard.api, clicks)
  })
  const look = (): void => {
    const found = recount(pathsOf(yard.dataDir).spool)
    clicks = found.clicks
    happened = clicks.map((click) => ({ click, conversions: found.conversions.get(click.subId) ?? [] }))
  }
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
    const [campaign = 0, second = 0] = naming.names.campaigns?.keys() ?? []
    const period = { start_date: atDay(120), end_date: atDay(30), timezone: 'Pacific/Auckland' }
    const some = clicks.filter((click) => click.campaign_id === campaign)
    const converted = clicks.filter((click) => click.is_sale === 1 && click.campaign_id !== second)
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
    look()
    assert.ok(clicks.length < before - 1, 'the period that was cleaned held clicks')
    assert.equal(clicks.find(({ subId }) => subId === edited.subId)?.lead_revenue, 1)
  })

  it(`${REPORTS} random reports equal a naive recount of the spool`, async (t) => {
    const random = createRandom(SEED)
    const [first, ...others] = happened
    assert.ok(first)
    const seen = { rows: 0, filtered: 0, compared: 0, dated: 0, trends: 0 }
    for (let index = 0; index < REPORTS; index++) {
      const nowMs = Date.now()
      const { question, range } = randomQuestion(random, [first, ...others], { ...naming, grouping: [] }, nowMs)
      const sort = randomSort(random, question)
      const { zone: _, from: __, to: ___, ...request } = question
      const answer = reportAnswer.parse(
        await yard.api('POST', '/report/build', { ...request, range, sort, summary: true }),
      )
      const wanted = naiveReport(happened, question, naming, nowMs)
      try {
        sameReport(answer, wanted, question, sort)
      } catch (error) {
        throw new Error(`${JSON.stringify({ request, range, sort })}\n${String(error)}`)
      }
      seen.rows += answer.rows.length
      if (question.filters.length > 0) seen.filtered++
      if (question.compare) seen.compared++
      if (question.conversion_date !== 'click') seen.dated++
      if (question.trend) seen.trends++
    }
    t.diagnostic(JSON.stringify(seen))
  })
})

/** Files a campaign under a group and labels some values; answers what everything is called. */
async function nameThings(api: Yard['api'], clicks: readonly NaiveClick[]): Promise<Naming> {
  const listed = async (path: string) => entities.parse(await api('GET', path))
  const [campaign] = await listed('/campaigns')
  assert.ok(campaign)
  const group = z.object({ id: z.number() }).parse(await api('POST', '/groups', { name: 'Spring', type: 'campaigns' }))
  await api('PUT', `/campaigns/${campaign.id}`, { group_id: group.id })
  const sources = [...new Set(clicks.map(({ source }) => String(source ?? '')))].filter((value) => value !== '')
  const [good = 'good', bad = 'bad'] = sources
  await api('POST', '/report/labels', {
    campaign_id: campaign.id,
    ref_name: 'source',
    items: { [good]: 'whitelist', [bad]: 'blacklist' },
  })
  const label = (value: string, name: string) => ({ campaignId: campaign.id, refName: 'source', value, label: name })
  const namesOf = (all: Awaited<ReturnType<typeof listed>>) => new Map(all.map(({ id, name }) => [id, name]))
  const groupsOf = (all: Awaited<ReturnType<typeof listed>>) =>
    new Map(all.flatMap(({ id, group_id: groupId }) => (groupId ? [[id, groupId] as const] : [])))
  const [campaigns, offers, landings] = [
    await listed('/campaigns'),
    await listed('/offers'),
    await listed('/landing_pages'),
  ]
  const streams = (await Promise.all(campaigns.map(({ id }) => listed(`/campaigns/${id}/streams`)))).flat()
  return {
    names: {
      ...{ campaigns: namesOf(campaigns), offers: namesOf(offers), landings: namesOf(landings) },
      streams: namesOf(streams),
      affiliate_networks: namesOf(await listed('/affiliate_networks')),
      traffic_sources: namesOf(await listed('/traffic_sources')),
      groups: new Map([[group.id, 'Spring']]),
    },
    groups: { campaigns: groupsOf(campaigns), offers: groupsOf(offers), landings: groupsOf(landings) },
    labels: [label(good, 'whitelist'), label(bad, 'blacklist')],
    firstWeekday: 1,
    baseCurrency: 'USD',
  }
}

function addTotals(a: Totals, b: Totals): Totals {
  const sum = { ...a }
  for (const [name, value] of Object.entries(b)) if (isTotal(name, sum)) sum[name] += value
  return sum
}

const isTotal = (name: string, totals: Totals): name is keyof Totals => Object.hasOwn(totals, name)
