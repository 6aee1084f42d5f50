import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { create, startYard, type Yard } from './harness.ts'
import { ROLES, type Role } from './processes.ts'

const VICTIMS: readonly (readonly Role[])[] = [['backend'], ROLES, ['store'], ['backend']]
const CLICKS_A_ROUND = 25

describe('outgoing postbacks', { timeout: 180_000 }, () => {
  /** What was told → ids of the messages that told it. */
  const heard = new Map<string, Set<string>>()
  let requests = 0
  let receiver: Server
  let base = ''
  let yard: Yard

  before(async () => {
    receiver = createServer((request, response) => {
      requests++
      // Every seventh is refused and every eleventh gets no answer, though it was heard.
      if (requests % 7 === 0) return response.writeHead(503).end()
      const { pathname, searchParams } = new URL(request.url ?? '/', 'http://x')
      const what = `${pathname} ${searchParams.get('c')} ${searchParams.get('s')}`
      const ids = heard.get(what) ?? new Set<string>()
      heard.set(what, ids.add(String(request.headers['webhook-id'])))
      if (requests % 11 === 0) return request.socket.destroy()
      response.end('fine')
    })
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
    base = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`
    yard = await startYard({ env: { TRACKYARD_ALLOW_PRIVATE_TARGETS: 'true', TRACKYARD_LOG_LEVEL: 'warn' } })
  })
  after(async () => {
    await yard?.dispose()
    receiver?.closeAllConnections()
    receiver?.close()
  })

  /** Sent until it is acknowledged, as networks do. */
  async function postback(query: Readonly<Record<string, string>>): Promise<void> {
    while ((await yard.postback(query)).status !== 200) await sleep(100)
  }

  it('each is sent at least once and under one id, whatever is killed when', async () => {
    const offer = await create(yard, '/offers', {
      ...{ name: 'O', action_type: 'http', action_payload: 'https://offer.example/?c={subid}', payout_auto: true },
    })
    const campaign = await create(yard, '/campaigns', { name: 'C', alias: 'c' })
    await create(yard, '/streams', { campaign_id: campaign, offers: [{ offer_id: offer }] })
    for (const [path, trigger] of [
      ['all', 'any'],
      ['sales', 'sales'],
    ])
      await create(yard, '/postbacks', {
        ...{
          name: path,
          trigger,
          url: `${base}/${path}?c={subid}&s={status}`,
          retries: 20,
          retry_delay: 0,
          timeout: 2,
        },
      })
    await yard.until('the campaign is served', 5000, async () => (await yard.send('/c')).status === 302)

    const expected = new Set<string>()
    for (const victims of VICTIMS) {
      const stories = Array.from({ length: CLICKS_A_ROUND }, async () => {
        let subid: string | undefined
        while (subid === undefined) subid = (await yard.send('/c')).cookies._subid ?? (await sleep(50, undefined))
        for (const status of ['lead', 'sale']) {
          await postback({ subid, status, payout: '2.5' })
          expected.add(`/all ${subid} ${status}`)
          await sleep(Math.random() * 300)
        }
        expected.add(`/sales ${subid} sale`)
        await postback({ subid, status: 'sale', payout: '2.5' })
      })
      await sleep(100 + Math.random() * 700)
      for (const victim of victims) yard.signal(victim, 'SIGKILL')
      await Promise.all(stories)
      await yard.until('all run again', 30_000, async () => Object.keys(yard.pids()).length === ROLES.length)
    }
    await yard.waitUntilStored()
    await yard.until('nothing waits', 60_000, async () => (await yard.metric('trackyard_postbacks_queued')) === 0)
    assert.deepEqual(
      [...expected].filter((what) => !heard.has(what)),
      [],
      'not sent',
    )
    assert.deepEqual(
      [...heard.keys()].filter((what) => !expected.has(what)),
      [],
      'sent without reason',
    )
    assert.deepEqual(
      [...heard].filter(([, ids]) => ids.size !== 1),
      [],
      'sent as two messages',
    )
    await delivered(expected.size)
  })

  /** What the log says, which comes a moment later. */
  async function delivered(messages: number): Promise<void> {
    const entries = z.array(z.object({ message_id: z.string() }).loose())
    let found = new Set<string>()
    await yard.until('the log tells all', 20_000, async () => {
      const read = await yard.api('GET', '/logs/sent_postbacks?outcome=delivered&limit=1000')
      found = new Set(entries.parse(read).map((entry) => entry.message_id))
      return found.size >= messages
    })
    assert.equal(found.size, messages)
  }

  it('are sent again on demand under the same id', async () => {
    const [[what, ids] = ['', new Set<string>()]] = heard
    const [, subId] = what.split(' ')
    heard.clear()
    const replay = await yard.api('POST', '/logs/replay_sent_postbacks', { sub_id: subId, outcome: 'delivered' })
    assert.deepEqual(replay, { replayed: 3, not_replayed: [] })
    await yard.until('three come again', 20_000, async () => heard.size === 3)
    assert.deepEqual(heard.get(what), ids)
  })
})
