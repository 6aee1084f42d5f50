import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { create, startYard, type Yard } from './harness.ts'
import { createCampaign, createOffer, destinationOf, killAndWait, spread, timeUntil, untilLive } from './sample.ts'

const explained = z.object({
  summary: z.string(),
  streams: z.array(z.object({ capped_offers: z.array(z.object({ id: z.number() })) })),
})
/** A zone whose midnight is far away, whenever the test runs. */
const zone = new Date().getUTCHours() > 1 && new Date().getUTCHours() < 22 ? 'UTC' : 'Asia/Tokyo'

describe('daily caps', { timeout: 120_000 }, () => {
  let yard: Yard
  let spare = 0
  before(async () => {
    yard = await startYard({ env: { TRACKYARD_LOG_LEVEL: 'warn' } })
    spare = await createOffer(yard, 'spare')
  })
  after(() => yard?.dispose())

  const cappedCampaign = async (alias: string, cap: number): Promise<number> => {
    const id = await createOffer(yard, alias, {
      conversion_cap_enabled: true,
      daily_cap: cap,
      conversion_timezone: zone,
      alternative_offer_id: spare,
    })
    await createCampaign(yard, alias, [{ offers: [{ offer_id: id }] }])
    return id
  }
  const visit = async (alias: string) => {
    const reply = await yard.send(`/${alias}`)
    return { goal: destinationOf(reply), subId: reply.cookies._subid ?? '' }
  }

  it('a second after the conversion that fills an offer its visitors go to the alternative', async (t) => {
    const times: number[] = []
    for (let round = 0; round < 5; round++) {
      const alias = `fills-${round}`
      await cappedCampaign(alias, 3)
      const clicks = []
      for (let index = 0; index < 3; index++) clicks.push(await visit(alias))
      await yard.postback({ subid: clicks[0]?.subId ?? '', status: 'sale', payout: '5' })
      await yard.postback({ subid: clicks[1]?.subId ?? '', status: 'rejected' })
      await yard.postback({ subid: clicks[2]?.subId ?? '', status: 'lead' })
      await yard.waitUntilStored()
      await sleep(400)
      assert.equal((await visit(alias)).goal, `${alias}.example`)
      await yard.postback({ subid: (await visit(alias)).subId, status: 'sale', payout: '5' })
      const startedAt = performance.now()
      await timeUntil(async () => (await visit(alias)).goal === 'spare.example')
      times.push(performance.now() - startedAt)
    }
    t.diagnostic(`from the acknowledged postback to the alternative: ${spread(times)}`)
    assert.ok(Math.max(...times) < 2000)
  })

  it('no conversion comes from a visitor who arrived a second after the cap was reached', async (t) => {
    const cap = 10
    const id = await cappedCampaign('busy', cap)
    let converted = 0
    let reachedAt = Number.POSITIVE_INFINITY
    let inFlight = 0
    const endAt = performance.now() + 4000
    while (performance.now() < endAt) {
      const at = performance.now()
      const { goal, subId } = await visit('busy')
      if (goal === 'busy.example') {
        assert.ok(at < reachedAt + 1500, 'a visitor was sent to a full offer')
        if (converted >= cap) inFlight++
        await yard.postback({ subid: subId, status: 'sale', payout: '1' })
        if (++converted === cap) reachedAt = performance.now()
      }
      await sleep(5)
    }
    t.diagnostic(`cap ${cap}: ${converted} conversions, ${inFlight} of visitors sent before the tracker knew`)
    assert.equal(converted, cap + inFlight)
    const { subId } = await visit('busy')
    await yard.waitUntilStored()
    const told = explained.parse(await yard.api('GET', `/clicks/${subId}/explain`))
    assert.deepEqual(
      told.streams.at(-1)?.capped_offers.map((offer) => offer.id),
      [id],
    )
    assert.match(told.summary, /in place of offer \d+ \(busy\), which had reached the daily cap/)
  })

  it('hold while the backend is dead and over a killed tracker, and end when the cap is raised', async () => {
    const id = await cappedCampaign('holds', 1)
    await yard.postback({ subid: (await visit('holds')).subId, status: 'sale' })
    await timeUntil(async () => (await visit('holds')).goal === 'spare.example')
    yard.signal('backend', 'SIGSTOP')
    await killAndWaitForTracker()
    assert.equal((await visit('holds')).goal, 'spare.example')
    yard.signal('backend', 'SIGCONT')
    await killAndWait(yard, 'backend')
    assert.equal((await visit('holds')).goal, 'spare.example')
    await yard.api('PUT', `/offers/${id}`, { daily_cap: 2 })
    await timeUntil(async () => (await visit('holds')).goal === 'holds.example')
    assert.equal((await visit('holds')).goal, 'holds.example')
  })

  async function killAndWaitForTracker(): Promise<void> {
    const old = yard.signal('tracker', 'SIGKILL')
    await yard.until('the tracker is back', 20_000, async () => {
      const pid = yard.pids().tracker
      return pid !== undefined && pid !== old && (await yard.send('/healthz')).status === 200
    })
  }
})

describe('the admin side of a domain', { timeout: 60_000 }, () => {
  it('is not found where it is switched off, and visitors and postbacks are served there', async () => {
    const yard = await startYard({ env: { TRACKYARD_LOG_LEVEL: 'warn' } })
    try {
      const offer = await createOffer(yard, 'one')
      await createCampaign(yard, 'seen', [{ offers: [{ offer_id: offer }] }])
      const id = await create(yard, '/domains', { name: 'go.example', admin_dashboard: false })
      await untilLive(yard)
      const at = (host: string, path: string) =>
        yard.send(path, { headers: { host, 'api-key': 'e2e-api-key-0123456789' } })
      for (const path of ['/admin', '/admin/', '/admin_api/v1/campaigns', '//admin/x']) {
        assert.deepEqual([(await at('go.example', path)).status, path], [404, path])
        assert.equal((await at('GO.example:8080', path)).status, 404)
      }
      assert.equal((await at('other.example', '/admin_api/v1/campaigns')).status, 200)
      assert.equal((await at('go.example', '/seen')).status, 302)
      assert.equal((await yard.postback({ subid: 'x' }, { headers: { host: 'go.example' } })).status, 200)
      await yard.api('PUT', `/domains/${id}`, { admin_dashboard: true })
      await untilLive(yard)
      assert.equal((await at('go.example', '/admin_api/v1/campaigns')).status, 200)
    } finally {
      await yard.dispose()
    }
  })
})
