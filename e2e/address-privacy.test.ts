import assert from 'node:assert/strict'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { z } from 'zod'
import { create, POSTBACK_KEY, startYard, type Yard } from './harness.ts'
import { untilLive } from './sample.ts'

const AGENT = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'
const rows = z.object({ rows: z.array(z.record(z.string(), z.unknown())) })
const erased = z.object({ clicks: z.number() })

/** Every address in the way the log has it, of visitors and of networks. */
const VISITORS = ['203.0.113.77', '2001:db8:aa:bb::7', '198.51.100.201', '192.0.2.33']

describe('addresses of visitors are not stored whole', { timeout: 180_000 }, () => {
  let yard: Yard
  before(async () => {
    yard = await startYard({ env: { TRACKYARD_LOG_LEVEL: 'debug', TRACKYARD_TRUST_PROXY: '127.0.0.1' } })
    const url = 'https://shop.example/?from={ip}&click={subid}'
    const offer = await create(yard, '/offers', { name: 'Shop', url, payout_auto: true })
    const landing = await create(yard, '/landing_pages', { name: 'Page', url: 'https://page.example/?ip={ip}' })
    for (const [alias, more] of [
      ['direct', {}],
      ['page', { landings: [{ landing_id: landing }] }],
    ] as const) {
      const campaign = await create(yard, '/campaigns', { name: alias, alias, token: `token${alias}` })
      const filters = alias === 'direct' ? [{ name: 'ip', mode: 'reject', payload: ['192.0.2.99'] }] : []
      await create(yard, '/streams', { campaign_id: campaign, offers: [{ offer_id: offer }], filters, ...more })
    }
    await untilLive(yard)
  })
  after(() => yard?.dispose())

  const from = (ip: string) => ({ headers: { 'user-agent': AGENT, 'x-forwarded-for': ip } })
  const traffic = async (): Promise<string[]> => {
    const subIds: string[] = []
    for (const ip of VISITORS) {
      const direct = await yard.send(`/direct?sub_id_1=${ip}`, from(ip))
      assert.match(
        decodeURIComponent(String(direct.headers.location)),
        new RegExp(`from=${ip.replaceAll('.', '\\.')}&`),
      )
      const page = await yard.send('/page', from(ip))
      const { _subid = '', _token = '' } = page.cookies
      await yard.send(`/?_lp=1&_token=${_token}`, from(ip))
      await yard.send(`/?_update_tokens=1&sub_id=${_subid}&sub_id_2=${ip}`, from(ip))
      await yard.send(`/${POSTBACK_KEY}/postback?subid=${_subid}&status=lead&payout=2&note=${ip}`, from(ip))
      await yard.send(`/${POSTBACK_KEY}/postback?status=lead`, from(ip))
      await yard.send('/wrong-key/postback?subid=x&status=lead', from(ip))
      await yard.send(`/click_api/v3?token=tokendirect&ip=${ip}&ua=${encodeURIComponent(AGENT)}&log=1`)
      subIds.push(direct.cookies._subid ?? '', _subid)
    }
    await yard.waitUntilStored()
    return subIds
  }

  for (const privacy of ['truncate', 'hash'])
    it(`anywhere, with ip_privacy=${privacy}`, async () => {
      await yard.api('POST', '/settings', { ip_privacy: privacy })
      await untilLive(yard)
      await yard.waitUntilStored()
      const before = await addresses()
      const subIds = await traffic()
      const logs = await Promise.all(
        ['traffic', 'postbacks', 'system', 'errors'].map((log) => yard.api('GET', `/logs/${log}?limit=500`)),
      )
      const explained = await Promise.all(subIds.map((subId) => yard.api('GET', `/clicks/${subId}/explain`)))
      const told = JSON.stringify([logs, explained, await addresses()])
      const seen = (ip: string): boolean => told.toLowerCase().includes(ip) || told.includes(encodeURIComponent(ip))
      assert.deepEqual(VISITORS.filter(seen), [])
      assert.deepEqual(filesWith(yard.dataDir, VISITORS), [])
      const stored = (await addresses()).filter((ip) => !before.includes(ip) && ip !== '127.0.0.1')
      assert.ok(stored.length >= VISITORS.length)
      const form = privacy === 'hash' ? /^ip-[0-9a-f]{16}$/ : /^(\d+\.){3}0$|^2001:db8:aa::$/
      assert.deepEqual(
        stored.filter((ip) => !form.test(ip)),
        [],
      )
    })

  it('and whoever asks to be forgotten is found by the address all the same', async () => {
    const answer = erased.parse(await yard.api('POST', '/clicks/erase', { ip: VISITORS[0], dry_run: true }))
    assert.equal(answer.clicks, 3, 'those that are stored as a code')
    const block = erased.parse(await yard.api('POST', '/clicks/erase', { ip: '203.0.113.0', dry_run: true }))
    assert.equal(block.clicks, 3, 'those that are stored as a block')
  })

  async function addresses(): Promise<string[]> {
    const body = { range: { interval: 'all_time' }, grouping: ['ip'], metrics: ['clicks'] }
    return rows.parse(await yard.api('POST', '/report/build', body)).rows.map(({ ip }) => String(ip))
  }
})

/** Files of a directory, at any depth, in which one of the texts stands. */
function filesWith(dir: string, texts: readonly string[]): string[] {
  return readdirSync(dir, { recursive: true, encoding: 'utf8' }).filter((name) => {
    const path = join(dir, name)
    if (!statSync(path, { throwIfNoEntry: false })?.isFile()) return false
    const content = readFileSync(path)
    return texts.some((text) => content.includes(text) || content.includes(encodeURIComponent(text)))
  })
}
