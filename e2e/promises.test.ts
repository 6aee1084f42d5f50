import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { Agent } from 'node:http'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { pathsOf } from '../packages/server/src/paths.ts'
import { startYard, type Yard } from './harness.ts'
import {
  clicksOf,
  createCampaign,
  createOffer,
  destinationOf,
  killAndWait,
  spread,
  timeUntil,
  untilLive,
} from './sample.ts'

describe('what Trackyard promises', { timeout: 120_000 }, () => {
  let yard: Yard
  let offerA = 0
  let offerB = 0

  before(async () => {
    yard = await startYard({ env: { TRACKYARD_LOG_LEVEL: 'warn' } })
    offerA = await createOffer(yard, 'offer-a')
    offerB = await createOffer(yard, 'offer-b')
    await createCampaign(yard, 'plain', [{ offers: [{ offer_id: offerA }] }])
  })
  after(() => yard?.dispose())

  it('a change is live in a second', async (t) => {
    const times: number[] = []
    const [, streamId] = await campaignWithStream(yard, 'changing', offerA)
    for (let round = 0; round < 8; round++) {
      const wanted = round % 2 === 0 ? 'offer-b' : 'offer-a'
      const startedAt = performance.now()
      await yard.api('PUT', `/streams/${streamId}`, { offers: [{ offer_id: round % 2 === 0 ? offerB : offerA }] })
      await timeUntil(async () => destinationOf(await yard.send('/changing')) === `${wanted}.example`)
      times.push(performance.now() - startedAt)
    }
    t.diagnostic(`from the API call to the changed redirect: ${spread(times)}`)
    assert.ok(Math.max(...times) < 2000)
  })

  it('a click is in reports two seconds later', async (t) => {
    const times: number[] = []
    for (let round = 0; round < 6; round++) {
      await sleep(70 * round)
      const before = await clicksOf(yard, 'plain')
      const startedAt = performance.now()
      assert.equal((await yard.send('/plain')).status, 302)
      await timeUntil(async () => (await clicksOf(yard, 'plain')) > before)
      times.push(performance.now() - startedAt)
    }
    t.diagnostic(`from the click to the report: ${spread(times)}`)
    assert.ok(Math.max(...times) < 5000)
  })

  it('invalid configuration is refused, and a broken snapshot changes nothing', async () => {
    const [campaignId, streamId] = await campaignWithStream(yard, 'steady', offerA)
    await assert.rejects(
      yard.api('PUT', `/streams/${streamId}`, {
        filters: [{ name: 'user_agent', mode: 'accept', payload: ['/(a+/'] }],
      }),
      /4\d\d/,
    )
    await assert.rejects(yard.api('PUT', `/campaigns/${campaignId}`, { alias: 'not an alias' }), /4\d\d/)
    await assert.rejects(
      yard.api('POST', '/streams', { campaign_id: campaignId, filters: [{ name: 'nonsense' }] }),
      /4\d\d/,
    )
    await untilLive(yard)
    assert.equal(destinationOf(await yard.send('/steady')), 'offer-a.example')
    for (const broken of ['', '{"format":1', '{"format":99}\n', 'null\n\n']) {
      writeFileSync(pathsOf(yard.dataDir).snapshot, broken)
      await sleep(500)
      assert.equal(destinationOf(await yard.send('/steady')), 'offer-a.example')
    }
    await yard.api('PUT', `/streams/${streamId}`, { offers: [{ offer_id: offerB }] })
    await untilLive(yard)
    assert.equal(destinationOf(await yard.send('/steady')), 'offer-b.example')
  })

  it('redirects go on while backend and store hang or are dead; what happened arrives later, once', async (t) => {
    await createCampaign(yard, 'outage', [{ offers: [{ offer_id: offerA }] }])
    const times: number[] = []
    let sent = 0
    const visit = async (count: number): Promise<void> => {
      for (let i = 0; i < count; i++) {
        const startedAt = performance.now()
        const click = await yard.send('/outage')
        times.push(performance.now() - startedAt)
        assert.equal(destinationOf(click), 'offer-a.example')
        const lead = await yard.postback({ subid: click.cookies._subid ?? '', status: 'lead', payout: '2', tid: 'T' })
        assert.equal(lead.status, 200)
        sent++
      }
    }
    for (const role of ['store', 'backend'] as const) {
      yard.signal(role, 'SIGSTOP')
      await visit(40)
    }
    const frozen = await yard.readyz()
    assert.equal(frozen?.ready, true)
    assert.equal(frozen.backend.up, false)
    for (const role of ['backend', 'store'] as const) yard.signal(role, 'SIGCONT')
    for (const role of ['store', 'backend'] as const) {
      yard.signal(role, 'SIGKILL')
      await visit(40)
    }
    await yard.waitUntilStored()
    t.diagnostic(`answer time meanwhile: ${spread(times)}`)
    assert.equal(await clicksOf(yard, 'outage'), sent)
    assert.equal(await leadsOf(yard, 'outage'), sent)
  })

  it('limits are exact under concurrent clicks and over a killed tracker', async () => {
    await createCampaign(yard, 'limited', [
      {
        position: 1,
        offers: [{ offer_id: offerA }],
        filters: [{ name: 'limit', mode: 'accept', payload: { per_day: 150 } }],
      },
      { type: 'default', offers: [{ offer_id: offerB }] },
    ])
    const agent = new Agent({ keepAlive: true, maxSockets: 50 })
    const reach = async (count: number, from: number): Promise<number> => {
      const clicks = await Promise.all(
        Array.from({ length: count }, (_, i) =>
          yard.send('/limited', { agent, headers: { 'x-forwarded-for': `30.0.${from}.${i}` } }),
        ),
      )
      assert.ok(clicks.every((click) => click.status === 302))
      return clicks.filter((click) => destinationOf(click) === 'offer-a.example').length
    }
    assert.equal(await reach(100, 1), 100)
    await killAndWait(yard, 'tracker')
    assert.equal(await reach(200, 2), 50)
    await killAndWait(yard, 'tracker')
    assert.equal(await reach(50, 3), 0)
    agent.destroy()
  })

  it('visitors are remembered and stay bound over a killed tracker', async () => {
    await createCampaign(yard, 'first-only', [
      {
        position: 1,
        offers: [{ offer_id: offerA }],
        filters: [{ name: 'uniqueness', mode: 'accept', payload: 'campaign' }],
      },
      { type: 'default', offers: [{ offer_id: offerB }] },
    ])
    await createCampaign(yard, 'first-address', [
      { position: 1, offers: [{ offer_id: offerA }], filters: [{ name: 'uniqueness_ip' }] },
      { type: 'default', offers: [{ offer_id: offerB }] },
    ])
    await createCampaign(
      yard,
      'bound',
      [
        {
          offers: [
            { offer_id: offerA, share: 50 },
            { offer_id: offerB, share: 50 },
          ],
        },
      ],
      {
        type: 'weight',
        bind_visitors: 'slo',
        bind_visitors_ttl: 24,
      },
    )
    const visitors = Array.from({ length: 40 }, (_, i) => ({
      'x-forwarded-for': `31.0.0.${i}`,
      'user-agent': 'Firefox',
    }))
    const where = (alias: string): Promise<string[]> =>
      Promise.all(visitors.map(async (headers) => destinationOf(await yard.send(`/${alias}`, { headers }))))
    assert.deepEqual(new Set(await where('first-only')), new Set(['offer-a.example']))
    assert.deepEqual(new Set(await where('first-address')), new Set(['offer-a.example']))
    const bound = await where('bound')
    assert.equal(new Set(bound).size, 2)
    await killAndWait(yard, 'tracker')
    assert.deepEqual(new Set(await where('first-only')), new Set(['offer-b.example']))
    assert.deepEqual(new Set(await where('first-address')), new Set(['offer-b.example']))
    assert.deepEqual(await where('bound'), bound)
  })
})

async function campaignWithStream(yard: Yard, alias: string, offerId: number): Promise<[number, number]> {
  const id = await createCampaign(yard, alias, [{ offers: [{ offer_id: offerId }] }])
  const [stream] = idList.parse(await yard.api('GET', `/campaigns/${id}/streams`))
  return [id, stream?.id ?? 0]
}

async function leadsOf(yard: Yard, alias: string): Promise<number> {
  const { summary } = sums.parse(
    await yard.api('POST', '/report/build', {
      range: { interval: 'all_time' },
      metrics: ['leads'],
      filters: [{ name: 'campaign', operator: 'EQUALS', expression: alias }],
      summary: true,
    }),
  )
  return summary.leads
}
const idList = z.array(z.object({ id: z.number() }))
const sums = z.object({ summary: z.object({ leads: z.number() }) })
