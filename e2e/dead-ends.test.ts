import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { z } from 'zod'
import { create, startYard, type Yard } from './harness.ts'
import { createCampaign, createOffer } from './sample.ts'

let yard: Yard
before(async () => {
  yard = await startYard({ env: { TRACKYARD_LOG_LEVEL: 'warn' } })
})
after(() => yard?.dispose())

/** What the counter of dead ends says. */
const deadEnds = async (): Promise<number> =>
  Number(/^trackyard_clicks_without_destination_total (\d+)$/m.exec((await yard.send('/metrics')).body)?.[1])

const explained = z.object({ summary: z.string(), dead_end: z.string().nullable() })
const headers = {
  'x-forwarded-for': '8.8.8.8',
  'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101',
}

it('a visitor for whom a campaign has nothing gets an empty page, and the click tells why', {
  timeout: 60_000,
}, async () => {
  const offer = await createOffer(yard, 'gone')
  const other = await create(yard, '/campaigns', { alias: 'off', name: 'Off', state: 'disabled' })
  const aliases: Record<string, readonly object[]> = {
    none: [],
    nomatch: [
      { schema: 'redirect', action_payload: 'https://x.example/', filters: [{ name: 'country', payload: ['PL'] }] },
    ],
    archived: [{ name: 'Main', offers: [{ offer_id: offer }] }],
    drafted: [{ schema: 'redirect', action_payload: '' }],
    macro: [{ schema: 'redirect', action_payload: '{sample:nowhere}' }],
    handed: [{ schema: 'action', action_type: 'campaign', action_payload: String(other) }],
  }
  for (const [alias, streams] of Object.entries(aliases)) await createCampaign(yard, alias, streams)
  await yard.api('DELETE', `/offers/${offer}/archive`)
  await createCampaign(yard, 'well', [{ schema: 'redirect', action_payload: 'https://well.example/' }])

  const before = await deadEnds()
  const subIds: Record<string, string> = {}
  for (const alias of [...Object.keys(aliases), 'well']) {
    const { status, body, cookies } = await yard.send(`/${alias}`, { headers })
    assert.deepEqual([status, body], alias === 'well' ? [302, ''] : [200, ''], alias)
    subIds[alias] = cookies._subid ?? ''
  }
  assert.equal((await deadEnds()) - before, Object.keys(aliases).length)
  await yard.waitUntilStored()

  const told = async (alias: string) => explained.parse(await yard.api('GET', `/clicks/${subIds[alias]}/explain`))
  const expected: Readonly<Record<string, [string | null, RegExp]>> = {
    none: ['no_stream', /had no stream to try/],
    nomatch: ['no_match', /Filter Country: visitor US, wanted PL/],
    archived: ['nothing_to_show', /\(Main\) would have taken the click but had nothing to show/],
    drafted: ['nothing_to_show', /its URL is empty/],
    macro: ['no_url', /gave no web address/],
    handed: [null, /handed the visitor to campaign \d+, which is not active now/],
    well: [null, /took the click and sent the visitor to https:\/\/well\.example\/\.$/],
  }
  for (const [alias, [deadEnd, summary]] of Object.entries(expected)) {
    const { dead_end, summary: text } = await told(alias)
    assert.equal(dead_end, deadEnd, alias)
    assert.match(text, summary, alias)
  }
})
