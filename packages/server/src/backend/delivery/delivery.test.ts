import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, beforeEach, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { onlyCurrency } from '@trackyard/core/currency/exchange.ts'
import type { EntityKind, EntityOf } from '@trackyard/core/entities/index.ts'
import { parseNewFields } from '@trackyard/core/entities/parse.ts'
import { createSubId } from '@trackyard/core/events/sub-id.ts'
import { ok } from '@trackyard/core/result.ts'
import type { ConfigStore } from '../../stores/config/port.ts'
import { openSqliteConfigStore } from '../../stores/config/sqlite.ts'
import { createMemoryEvents, type MemoryEvents } from '../../stores/events/memory.ts'
import type { StatusChange } from '../ingest/plan-batch.ts'
import { toFields } from '../resources/save.ts'
import { createSecretBox } from '../secret-box.ts'
import { type Delivery, startDelivery } from './delivery.ts'

interface Seen {
  readonly method: string
  readonly url: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

const secretBox = createSecretBox('secret of the tests')
const SECRET = Buffer.alloc(32, 7).toString('base64')

describe('delivery', () => {
  let server: Server
  let base = ''
  let seen: Seen[] = []
  let open = 0
  let mostOpen = 0
  /** How often the flaky one still refuses. */
  let refusals = 0
  const answers: Record<string, (request: IncomingMessage, response: ServerResponse) => void> = {
    '/flaky': (_, response) => response.writeHead(refusals-- > 0 ? 503 : 200).end('busy'),
    '/busy': (_, response) => response.writeHead(429, { 'retry-after': '100' }).end('later'),
    '/gone': (_, response) => response.writeHead(410).end(),
    '/no': (_, response) => response.writeHead(404).end('who?'),
    '/silent': () => {},
    '/cut': (_, response) => response.destroy(),
    '/big': (_, response) => {
      response.write('x'.repeat(2_000_000))
      response.end()
    },
  }
  before(async () => {
    server = createServer((request, response) => {
      let body = ''
      open++
      mostOpen = Math.max(mostOpen, open)
      response.once('close', () => open--)
      request.on('data', (chunk: Buffer) => {
        body += String(chunk)
      })
      request.on('end', () => {
        const { method = '', url = '', headers } = request
        seen.push({ method, url, headers, body })
        const answer = answers[url.split('?')[0] ?? '']
        if (answer) answer(request, response)
        else response.end('fine')
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  after(() => {
    server.closeAllConnections()
    server.close()
  })

  let dir = ''
  let store: ConfigStore
  let events: MemoryEvents
  let delivery: Delivery
  let said: string[] = []
  const note = (message: string): void => void said.push(message)
  const launch = (more: { allowPrivateTargets?: boolean } = {}): Delivery =>
    startDelivery({
      queuePath: join(dir, 'delivery.sqlite'),
      configStore: store,
      eventStore: events,
      secretBox,
      currencies: { exchange: async () => onlyCurrency('USD') },
      macroFile: (name) => (name === 'key.txt' ? 'k&1' : ''),
      allowPrivateTargets: true,
      changed: () => said.push('changed'),
      log: { debug: note, info: note, warn: note, error: note },
      nowMs: Date.now,
      logEveryMs: 20,
      random: () => 0,
      ...more,
    })
  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'trackyard-delivery-'))
    store = await openSqliteConfigStore(':memory:')
    events = createMemoryEvents()
    seen = []
    said = []
    mostOpen = 0
    delivery = launch()
  })
  afterEach(async () => {
    await delivery.close()
    await store.close()
    rmSync(dir, { recursive: true, force: true })
  })

  async function add(kind: EntityKind, fields: Readonly<Record<string, unknown>>): Promise<number> {
    const parsed = parseNewFields(kind, { name: 'N', alias: `n${Math.random()}`, ...fields })
    assert.ok(parsed.ok, JSON.stringify(parsed))
    const made = await store.change({ actor: 't', atMs: 1 }, async (writer) =>
      ok(await writer.insert(kind, parsed.value)),
    )
    assert.ok(made.ok)
    return made.value.id
  }
  let seq = 1000
  const change = (status: string, click: Record<string, string | number> = {}): StatusChange => {
    const sub_id = createSubId(Date.now(), Math.random())
    const row = { sub_id, campaign_id: 1, country: 'MX', external_id: 'e1', ...click }
    const conversion = { conversion_id: `${sub_id}-1`, status, original_status: status, revenue: 12_500_000, tid: 'T' }
    return { seq: ++seq, click: row, conversion }
  }
  async function until(what: string, isSo: () => boolean, ms = 120_000): Promise<void> {
    const giveUpAt = performance.now() + ms
    while (!isSo()) {
      assert.ok(performance.now() < giveUpAt, `not in time: ${what}; ${JSON.stringify(logged())}`)
      await sleep(5)
    }
  }
  const logged = () =>
    events
      .sentPostbacks()
      .map(({ outcome, attempt = 0, http_status = 0, reason }) => [outcome, attempt, http_status, reason])
  const isLogged = (lines: number) => () => logged().length >= lines

  it('tells what is due by stored postbacks, the source and the campaign, each change once', async () => {
    const ts = await add('traffic_sources', { postback_url: `${base}/ts?c={external_id}&s={status}&r={revenue}` })
    const stored = await add('postbacks', {
      url: `${base}/crm?id={subid}&k={from_file:key.txt}`,
      trigger: 'sales',
      method: 'POST',
      key: 'k1',
    })
    const postbacks = [{ id: 4, url: `${base}/own?n={campaign_name}&s={status:rejected=no}`, statuses: ['rejected'] }]
    const campaign = await add('campaigns', { traffic_source_id: ts, postbacks })
    const click = { campaign_id: campaign, ts_id: ts }
    const changes = ['lead', 'sale', 'rejected'].map((status) => change(status, click))
    await delivery.tell(changes, 0)
    await delivery.tell(changes, 0)
    await until('four requests', () => seen.length >= 4)
    await sleep(50)
    assert.deepEqual(seen.map(({ method, url }) => `${method} ${url}`).sort(), [
      'GET /own?n=N&s=no',
      'GET /ts?c=e1&s=lead&r=12.5',
      'GET /ts?c=e1&s=sale&r=12.5',
      'POST /crm',
    ])
    const posted = seen.find(({ method }) => method === 'POST')
    assert.deepEqual(
      [posted?.body, posted?.headers['x-postback-key']],
      [`id=${changes[1]?.click.sub_id}&k=k%261`, 'k1'],
    )
    assert.equal(new Set(seen.map(({ headers }) => headers['webhook-id'])).size, 4)
    assert.equal(posted?.headers['webhook-signature'], undefined)
    await until('the log', isLogged(4))
    const line = events.sentPostbacks().find(({ postback }) => postback === `s${stored}`)
    assert.partialDeepStrictEqual(line, {
      ...{ outcome: 'delivered', attempt: 1, http_status: 200, answer: 'fine', method: 'POST', url: `${base}/crm` },
      ...{ status: 'sale', tid: 'T', revenue: 12_500_000, campaign_id: campaign, sub_id: changes[1]?.click.sub_id },
    })
    assert.match(String(line?.headers), /"x-postback-key":"\*{8}"/)
    assert.equal(delivery.queued(), 0)
  })

  it('tries again under the same id, and gives up in the end', async () => {
    await add('postbacks', { url: `${base}/flaky`, retries: 1, retry_delay: 0 })
    refusals = 1
    await delivery.tell([change('sale')], 0)
    await until('two lines', isLogged(2))
    assert.deepEqual(logged(), [
      ['retrying', 1, 503, 'the receiver answered with status 503; it is tried again in 0 s'],
      ['delivered', 2, 200, 'the receiver answered with status 200'],
    ])
    assert.equal(new Set(seen.map(({ headers }) => headers['webhook-id'])).size, 1)
    refusals = 9
    await delivery.tell([change('sale')], 0)
    await until('four lines', isLogged(4))
    assert.deepEqual(logged().at(-1)?.slice(0, 3), ['failed', 2, 503])
  })

  it('answers of all kinds end as they should', async () => {
    const paths = { '/no': 404, '/big': 200, '/cut': 0, '/silent': 0 }
    for (const path of Object.keys(paths))
      await add('postbacks', { url: base + path, retries: 0, ...(path === '/silent' && { timeout: 1 }) })
    await add('postbacks', { url: 'http://127.0.0.1:1/', retries: 0 })
    await delivery.tell([change('sale')], 0)
    await until('five lines', isLogged(5))
    assert.deepEqual(logged().sort(), [
      ['delivered', 1, 200, 'the receiver answered with status 200'],
      ['failed', 1, 0, 'no answer within 1 seconds; given up after one try'],
      ['failed', 1, 0, 'the connection is refused: nothing listens there; given up after one try'],
      ['failed', 1, 0, 'the connection was broken off; given up after one try'],
      ['failed', 1, 404, 'the receiver answered with status 404; given up after one try'],
    ])
    assert.ok(events.sentPostbacks().every(({ answer }) => String(answer ?? '').length <= 500))
  })

  it('says what the receiver may stumble over: no id of its own, a currency without a rate', async () => {
    await add('postbacks', { url: `${base}/ok?c={external_id}&r={revenue}`, currency: 'XTS' })
    await delivery.tell([change('sale', { external_id: '' })], 0)
    await until('the line', isLogged(1))
    const [, , , reason] = logged()[0] ?? []
    assert.match(String(reason), /status 200; the click has no external_id.*; USD .*12\.5 was taken for XTS/)
  })

  it('leaves a receiver alone that asks for it, and nobody else waits for that', async () => {
    await add('postbacks', { url: `${base}/busy` })
    await add('postbacks', { url: `${base}/ok` })
    await delivery.tell([change('sale')], 0)
    await until('both are told', isLogged(2))
    const busy = events.sentPostbacks().find(({ http_status }) => http_status === 429)
    assert.ok(Math.abs(Number(busy?.next_try_datetime) - Date.now() - 100_000) < 30_000, JSON.stringify(busy))
    await delivery.tell([change('sale'), change('sale')], 0)
    await until('the others are told', isLogged(4))
    assert.equal(seen.filter(({ url }) => url === '/busy').length, 1)
    assert.equal(delivery.queued(), 3)
  })

  it('a dead receiver delays no other, and holds few connections', async () => {
    await add('postbacks', { url: `${base}/silent`, timeout: 1 })
    await add('postbacks', { url: `${base}/ok` })
    await delivery.tell(
      Array.from({ length: 500 }, () => change('sale')),
      0,
    )
    await until('the well one has all', () => seen.filter(({ url }) => url === '/ok').length === 500)
    // Behind the dead one they would wait for as many tries of it.
    assert.ok(seen.filter(({ url }) => url === '/silent').length < 100)
    await until('the dead one was tried', () => delivery.status().outcomes.retrying >= 8)
    // The server of this test notices late that a connection was given up.
    await until('few connections are open', () => open <= 2)
    mostOpen = 0
    await sleep(1500)
    assert.ok(mostOpen <= 2, `${mostOpen} at once`)
    assert.equal(said.filter((line) => line === 'a receiver of postbacks fails; its postbacks wait').length, 1)
  })

  it('410 switches off what was configured, as the audit log tells, and what waits for it is dropped', async () => {
    const stored = await add('postbacks', { url: `${base}/gone` })
    const ts = await add('traffic_sources', { postback_url: `${base}/gone` })
    const postbacks = [
      { id: 4, url: `${base}/gone` },
      { id: 5, url: `${base}/ok` },
    ]
    const campaign = await add('campaigns', { traffic_source_id: ts, postbacks })
    await delivery.tell([change('sale', { campaign_id: campaign })], 0)
    await until('all four', isLogged(4))
    assert.equal((await store.get('postbacks', stored))?.status, 'inactive')
    assert.equal((await store.get('traffic_sources', ts))?.postback_gone_url, `${base}/gone`)
    assert.deepEqual(
      (await store.get('campaigns', campaign))?.postbacks.map(({ status }) => status),
      ['inactive', 'active'],
    )
    const audit = await store.listAudit({ limit: 3 })
    assert.deepEqual(new Set(audit.map(({ actor }) => actor)), new Set(['delivery of postbacks']))
    assert.equal(said.filter((line) => line === 'changed').length, 3)
    await delivery.tell([change('sale', { campaign_id: campaign })], 0)
    await until('the one that is left', isLogged(5))
    assert.equal(seen.length, 5)
  })

  it('what was switched off or taken away while it waited is not sent, and the log says why', async () => {
    const url = `${base}/busy`
    const ts = await add('traffic_sources', { postback_url: url })
    const postbacks = [4, 5, 6].map((id) => ({ id, url, statuses: ['sale'] }))
    const campaign = await add('campaigns', { traffic_source_id: ts, postbacks })
    const [gone, off] = [await add('postbacks', { url }), await add('postbacks', { url })]
    await delivery.tell([change('sale', { campaign_id: campaign, ts_id: ts })], 0)
    await until('the first tries', isLogged(6))
    await store.change({ actor: 't', atMs: 1 }, async (writer) => {
      const edit = async <Kind extends EntityKind>(kind: Kind, id: number, changes: Partial<EntityOf<Kind>>) => {
        const found = await writer.get(kind, id)
        if (found) await writer.update(kind, id, { ...toFields(found), ...changes })
      }
      await writer.remove('postbacks', gone)
      await edit('postbacks', off, { status: 'inactive' })
      await edit('traffic_sources', ts, { state: 'deleted' })
      const left = (['inactive', 'active'] as const).map((status, index) => ({
        ...{ id: 5 + index, url, statuses: ['sale'], method: 'GET' as const, status },
      }))
      await edit('campaigns', campaign, { state: 'deleted', postbacks: left })
      return ok(undefined)
    })
    await delivery.close()
    delivery = launch()
    assert.equal(delivery.queued(), 6)
    const rest = { subId: 'x', occasion: '{"click":{},"conversion":{}}' }
    delivery.repeat(
      events.sentPostbacks().map((line) => ({ id: `${line.message_id}`, lane: `${line.postback}`, ...rest })),
    )
    await until('they are told', isLogged(12))
    const told = events.sentPostbacks().slice(6)
    assert.deepEqual(
      Object.fromEntries(told.map(({ postback, outcome, reason }) => [postback, `${outcome}: ${reason}`])),
      {
        [`s${gone}`]: 'skipped: the postback was deleted',
        [`s${off}`]: 'skipped: the postback is inactive',
        [`t${ts}`]: 'skipped: the traffic source is deleted',
        [`c${campaign}-4`]: 'skipped: the postback was deleted',
        [`c${campaign}-5`]: 'skipped: the postback is inactive',
        // Those of an archived campaign are sent: conversions of paid clicks come weeks after it has ended.
        [`c${campaign}-6`]: 'retrying: the receiver answered with status 429; it is tried again in 100 s',
      },
    )
    assert.equal(delivery.queued(), 1)
  })

  it('private addresses are refused, and nothing is sent there', async () => {
    await delivery.close()
    delivery = launch({ allowPrivateTargets: false })
    await add('postbacks', { url: `${base}/ok` })
    await add('postbacks', { url: base.replace('127.0.0.1', 'localhost') })
    await delivery.tell([change('sale')], 0)
    await until('two lines', isLogged(2))
    for (const [outcome, , , reason] of logged()) {
      assert.equal(outcome, 'refused')
      assert.match(String(reason), /private address/)
    }
    assert.equal(seen.length, 0)
  })

  it('signs by the Standard Webhooks scheme', async () => {
    const fields = { url: `${base}/ok?a={status}`, method: 'POST', headers: { 'Webhook-Id': 'mine' } }
    await add('postbacks', { ...fields, signing_secret: secretBox.seal(`whsec_${SECRET}`) })
    await add('postbacks', { ...fields, signing_secret: createSecretBox('another').seal(SECRET) })
    await delivery.tell([change('sale')], 0)
    await until('both are told', isLogged(2))
    const [first] = seen
    assert.ok(first)
    const { headers, body } = first
    const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`
    const expected = createHmac('sha256', Buffer.from(SECRET, 'base64')).update(signed).digest('base64')
    assert.equal(headers['webhook-signature'], `v1,${expected}`)
    assert.match(String(headers['webhook-id']), /^msg_[\w-]{27}$/)
    assert.equal(body, 'a=sale')
    assert.match(String(logged().find(([outcome]) => outcome === 'refused')?.[3]), /signing secret cannot be read/)
    assert.equal(seen.length, 1)
  })

  it('keeps what waits over a restart, and forgets clicks when told to', async () => {
    await add('postbacks', { url: `${base}/busy` })
    const [first, second] = [change('sale'), change('sale')]
    await delivery.tell([first, second], 0)
    await until('a try', () => seen.length > 0)
    await delivery.close()
    delivery = launch()
    assert.equal(delivery.queued(), 2)
    delivery.forget([String(first.click.sub_id)])
    assert.equal(delivery.queued(), 1)
    // Told before the restart, so nothing is new.
    await delivery.tell([first, second], 0)
    assert.equal(delivery.queued(), 1)
  })

  it('sets a damaged queue aside and goes on', async () => {
    await delivery.close()
    for (const name of readdirSync(dir)) rmSync(join(dir, name))
    writeFileSync(
      join(dir, 'delivery.sqlite'),
      'this is no database at all, and long enough to be looked at'.repeat(20),
    )
    delivery = launch()
    await add('postbacks', { url: `${base}/ok` })
    await delivery.tell([change('sale')], 0)
    await until('it is sent', () => seen.length === 1)
    assert.ok(readdirSync(dir).some((name) => name.startsWith('delivery.sqlite.damaged-')))
  })

  it('keeps the lines of the log while the event store is down', async () => {
    const { insertLines } = events
    events.insertLines = async () => Promise.reject(new Error('down'))
    await add('postbacks', { url: `${base}/ok` })
    await delivery.tell([change('sale')], 0)
    await until('it is sent', () => seen.length === 1)
    await until('the failure is told', () => said.some((line) => /waits for the event store/.test(line)))
    await delivery.close()
    events.insertLines = insertLines
    delivery = launch()
    await until('the line', isLogged(1))
  })
})
