import assert from 'node:assert/strict'
import { Agent } from 'node:http'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { startYard, type Yard } from './harness.ts'
import { createCampaign, createOffer, destinationOf, killAndWait, untilLive } from './sample.ts'

const LIMIT = 200

describe('a click limit', { timeout: 120_000 }, () => {
  let yard: Yard
  before(async () => {
    yard = await startYard({ env: { TRACKYARD_LOG_LEVEL: 'warn', TRACKYARD_TRUST_PROXY: '127.0.0.1' } })
  })
  after(() => yard?.dispose())

  it('is exact while the tracker is killed in the middle of a rush', async (t) => {
    const [limited, rest] = [await createOffer(yard, 'limited'), await createOffer(yard, 'rest')]
    await createCampaign(yard, 'rush', [
      { position: 1, offers: [{ offer_id: limited }], filters: [{ name: 'limit', payload: { total: LIMIT } }] },
      { type: 'default', offers: [{ offer_id: rest }] },
    ])
    await untilLive(yard)
    const agent = new Agent({ keepAlive: true, maxSockets: 40 })
    const answered = { limited: 0, rest: 0, none: 0 }
    let nr = 0
    const rush = async (count: number): Promise<void> => {
      const one = async (): Promise<void> => {
        const headers = { 'x-forwarded-for': `40.${nr >> 16}.${(nr >> 8) & 255}.${nr++ & 255}` }
        const where = await yard.send('/rush', { agent, headers }).then(destinationOf, () => 'none')
        if (where === 'limited.example') answered.limited++
        else if (where === 'rest.example') answered.rest++
        else answered.none++
      }
      await Promise.all(Array.from({ length: count }, one))
    }
    for (let round = 0; round < 2; round++) {
      const visitors = rush(400)
      const served = answered.limited + answered.rest
      while (answered.limited + answered.rest < served + 60) await sleep(1)
      await killAndWait(yard, 'tracker')
      await visitors
    }
    await rush(250)
    agent.destroy()
    await yard.waitUntilStored()
    const stored = await clicksByOffer(yard)
    t.diagnostic(`answered ${JSON.stringify(answered)}, stored ${JSON.stringify(stored)}`)
    assert.ok(answered.none > 0, 'nobody was cut off')
    // A click that was stored and whose answer was cut off counts too: the limit is about what is recorded.
    assert.equal(stored.limited, LIMIT)
    assert.ok(answered.limited <= LIMIT && answered.limited >= LIMIT - answered.none)
    assert.ok((stored.rest ?? 0) >= answered.rest)
  })
})

const rows = z.object({ rows: z.array(z.object({ offer: z.string().nullable(), clicks: z.number() })) })

async function clicksByOffer(yard: Yard): Promise<Record<string, number>> {
  const query = { range: { interval: 'all_time' }, grouping: ['offer'], metrics: ['clicks'] }
  const report = rows.parse(await yard.api('POST', '/report/build', query))
  return Object.fromEntries(report.rows.map(({ offer, clicks }) => [offer ?? 'none', clicks]))
}
