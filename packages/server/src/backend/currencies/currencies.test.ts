import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { after, before, describe, it } from 'node:test'
import { ZipFile } from 'yazl'
import { openTestBackend, TEST_KEY, TEST_NOW_MS, type TestBackend } from '../testing.ts'
import { fetchRatesIfWanted } from './fetch-rates.ts'

const HISTORY = 'Date,USD,GBP,PLN,\n2026-02-03,1.1,0.8,4.4,\n2026-02-02,1.2,0.8,4.4,\n'
const DAILY = "<Cube><Cube time='2026-02-03'><Cube currency='USD' rate='1.25'/></Cube></Cube>"

async function zipped(files: Record<string, string>): Promise<Buffer> {
  const zip = new ZipFile()
  const packed = buffer(zip.outputStream)
  for (const [name, text] of Object.entries(files)) zip.addBuffer(Buffer.from(text), name)
  zip.end()
  return packed
}

describe('/currencies', () => {
  let backend: TestBackend
  before(async () => {
    backend = await openTestBackend()
  })
  after(() => backend.close())

  const upload = (content: Buffer | string) => {
    const boundary = 'xxBOUNDARYxx'
    const head = `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="rates"\r\nContent-Type: application/octet-stream\r\n\r\n`
    const payload = Buffer.concat([Buffer.from(head), Buffer.from(content), Buffer.from(`\r\n--${boundary}--\r\n`)])
    const headers = { 'api-key': TEST_KEY, 'content-type': `multipart/form-data; boundary=${boundary}` }
    return backend.app.inject({ method: 'POST', url: '/admin_api/v1/currencies/import', headers, payload })
  }
  const rateOf = async (code: string, date?: string): Promise<number | null> => {
    const { body } = await backend.call('GET', `/currencies${date === undefined ? '' : `?date=${date}`}`)
    return body.find((one: { code: string }) => one.code === code)?.rate
  }
  const hintOf = async (path: string, payload: object): Promise<string> => {
    const reply = await backend.app.inject({
      method: 'POST',
      url: `/admin_api/v1${path}`,
      headers: { 'api-key': TEST_KEY },
      payload: JSON.stringify(payload),
    })
    assert.equal(reply.statusCode, 200, reply.body)
    return String(reply.headers['trackyard-hint'] ?? '')
  }

  it('have rates from the first start on', async () => {
    const { body } = await backend.call('GET', '/currencies')
    const euro = body.find((one: { code: string }) => one.code === 'EUR')
    assert.partialDeepStrictEqual(euro, { name: 'Euro', source: 'published', is_base: false })
    assert.ok(euro.rate > 1 && euro.rate < 1.3)
    assert.partialDeepStrictEqual(
      body.find((one: { code: string }) => one.code === 'USD'),
      { rate: 1, source: 'same', is_base: true, date: null },
    )
    for (const code of ['RUB', 'UAH', 'GBP', 'USDT', 'DEM']) assert.ok(await rateOf(code), code)
  })

  it('take in files of the European Central Bank, once', async () => {
    assert.deepEqual((await upload(await zipped({ 'eurofxref-hist.csv': HISTORY }))).json().added, 2)
    backend.wait(1001)
    assert.equal(await rateOf('EUR'), 1.1)
    assert.equal(await rateOf('EUR', '2026-02-02'), 1.2)
    const again = await upload(HISTORY)
    assert.equal(again.json().added, 0)
    assert.match(String(again.headers['trackyard-hint']), /known already/)
    assert.equal((await backend.call('POST', '/currencies/import', { file: DAILY })).body.added, 1)
    backend.wait(1001)
    assert.equal(await rateOf('EUR'), 1.25)
    // What the file does not name stays what it was.
    assert.equal(await rateOf('GBP'), 1.5625)
  })

  it('are set by hand for a day or from a day on, used from then on, and withdrawn', async () => {
    const { body: set } = await backend.call('POST', '/currencies/uah/rates', { rate: '0,024' })
    assert.partialDeepStrictEqual(set, { currency: 'UAH', quote: 'USD', rate: 0.024, from: '2026-02-03', to: null })
    assert.notEqual(await rateOf('UAH'), 0.024)
    backend.wait(1001)
    assert.equal(await rateOf('UAH'), 0.024)
    assert.notEqual(await rateOf('UAH', '2026-02-02'), 0.024)
    await backend.call('POST', '/currencies/UAH/rates', { rate: 0.02, quote: 'EUR', date: '2026-02-02' })
    backend.wait(1001)
    assert.equal(await rateOf('UAH', '2026-02-02'), 0.024)
    const { body: days } = await backend.call('GET', '/currencies/UAH/rates?from=2026-02-01&to=2026-02-03')
    assert.deepEqual(
      days.map(({ date, source }: { date: string; source: string }) => [date, source]),
      [
        ['2026-02-01', 'published'],
        ['2026-02-02', 'manual'],
        ['2026-02-03', 'manual'],
      ],
    )
    assert.equal(
      (await backend.call('DELETE', `/currencies/overrides/${set.id}`)).body.withdrawn_at,
      '2026-02-03 14:05:14',
    )
    backend.wait(1001)
    assert.notEqual(await rateOf('UAH'), 0.024)
    const { body: list } = await backend.call('GET', '/currencies/overrides')
    assert.deepEqual(
      list.map(({ withdrawn_at }: { withdrawn_at: string | null }) => withdrawn_at === null),
      [false, true],
    )
  })

  it('tell what is probably not meant', async () => {
    assert.match(await hintOf('/currencies/EUR/rates', { rate: 0.8 }), /1 EUR was worth 1.25 USD.*send 1.25/)
    assert.match(await hintOf('/currencies/EURR/rates', { rate: 1.2 }), /did you mean EUR/)
    assert.match(await hintOf('/currencies/EUR/rates', { rate: 1.2, from: '2026-01-01' }), /keeps its rate/)
    const campaign = { alias: 'odd', name: 'Odd', cost_currency: 'EURX', cost_value: 1 }
    assert.match(await hintOf('/campaigns', campaign), /cost_currency: EURX.*did you mean EUR.*POST currencies\/EURX/)
    assert.match(
      await hintOf('/offers', { name: 'Odd', payout_currency: 'ABC' }),
      /payout_currency: ABC has no exchange/,
    )
    assert.doesNotMatch(await hintOf('/offers', { name: 'Fine', payout_currency: 'EUR' }), /currency/)
    for (const { id, withdrawn_at } of (await backend.call('GET', '/currencies/overrides')).body)
      if (withdrawn_at === null) await backend.call('DELETE', `/currencies/overrides/${id}`)
    backend.wait(1001)
  })

  it('refuse what cannot be meant, and nothing is written', async () => {
    const rates = '/currencies/EUR/rates'
    const count = (await backend.call('GET', '/currencies/overrides')).body.length
    const version = await backend.store.ratesVersion()
    const cases: readonly [string, string, unknown, number, RegExp][] = [
      ['POST', rates, {}, 406, /"rate":\["must be a number/],
      ['POST', rates, { rate: 'much' }, 406, /"rate":\["must be a number/],
      ['POST', rates, { rate: 0 }, 406, /"rate":\["must be above 0/],
      ['POST', rates, { rate: -1 }, 406, /"rate"/],
      ['POST', rates, { rate: 1e12 }, 406, /"rate":\["must be at most/],
      ['POST', rates, { rate: [1] }, 406, /"rate"/],
      ['POST', rates, { rate: 1, quote: 'E' }, 406, /"quote":\["must be a three-letter/],
      ['POST', rates, { rate: 1, quote: 'EUR' }, 406, /"quote":\["must be another currency/],
      ['POST', rates, { rate: 1, quote: 'USX' }, 406, /"quote":\["USX has no exchange rate \(did you mean/],
      ['POST', rates, { rate: 1, date: 'today' }, 406, /"date":\["must be a day/],
      ['POST', rates, { rate: 1, from: '2026-02-30' }, 406, /"from":\["must be a day/],
      ['POST', rates, { rate: 1, from: '2026-02-03', to: '2026-02-02' }, 406, /"to":\["must not be before/],
      ['POST', "/currencies/E'--/rates", { rate: 1 }, 404, /no currency/],
      ['POST', '/currencies/__proto__/rates', { rate: 1 }, 404, /no currency/],
      ['GET', '/currencies?date=never', undefined, 406, /"date"/],
      ['GET', `${rates}?from=2026-02-03&to=2026-02-01`, undefined, 406, /"from":\["must not be after/],
      ['GET', `${rates}?from=2020-01-01`, undefined, 406, /"from":\["must be at most 400 days/],
      ['GET', '/currencies/E/rates', undefined, 404, /no currency/],
      ['DELETE', '/currencies/overrides/999', undefined, 404, /no rate 999/],
      ['DELETE', '/currencies/overrides/x', undefined, 404, /no rate/],
      ['POST', '/currencies/import', {}, 406, /"file":\["File is required/],
      ['POST', '/currencies/import', { file: 'nonsense' }, 406, /"file":\["does not begin with Date/],
      ['POST', '/currencies/import', { file: { a: 1 } }, 406, /"file":\["File is required/],
      ['POST', '/currencies/import', { file: 'PK nothing' }, 406, /"file"/],
    ]
    for (const [method, path, body, status, words] of cases) {
      const reply = await backend.call(method as 'GET', path, body)
      assert.equal(reply.status, status, `${method} ${path} ${JSON.stringify(body)} ${JSON.stringify(reply.body)}`)
      assert.match(JSON.stringify(reply.body), words)
    }
    const two = await upload(await zipped({ 'a.csv': HISTORY, 'b.csv': HISTORY }))
    assert.match(two.body, /holds 2 files with rates/)
    assert.equal((await backend.call('GET', '/currencies/overrides')).body.length, count)
    assert.equal(await backend.store.ratesVersion(), version)
  })
})

describe('the setting currency', () => {
  it('changes the base: old prices keep their currency, new ones and reports are in the new one', async () => {
    const backend = await openTestBackend()
    const offer = await backend.create('offers', { name: 'Old', payout_value: 10 })
    const campaign = await backend.create('campaigns', { alias: 'old', name: 'Old', cost_value: 1 })
    const change = (value: string) =>
      backend.app.inject({
        method: 'PUT',
        url: '/admin_api/v1/settings/currency',
        headers: { 'api-key': TEST_KEY },
        payload: JSON.stringify({ value }),
      })
    const refused = await change('EURR')
    assert.equal(refused.statusCode, 406)
    assert.match(refused.body, /EURR has no exchange rate \(did you mean EUR\?\)/)
    const changed = await change('eur')
    assert.partialDeepStrictEqual(changed.json(), { key: 'currency', value: 'EUR', default: 'USD' })
    assert.match(String(changed.headers['trackyard-hint']), /reports are in EUR from now on/)
    assert.equal((await backend.call('GET', `/offers/${offer.id}`)).body.payout_currency, 'USD')
    assert.equal((await backend.call('GET', `/campaigns/${campaign.id}`)).body.cost_currency, 'USD')
    const fresh = await backend.create('campaigns', { alias: 'new', name: 'New', cost_value: 1 })
    assert.equal(fresh.cost_currency, 'EUR')
    await backend.call('POST', '/report/build', { range: { interval: 'today' }, metrics: ['cost'] })
    assert.match(backend.queries.at(-1)?.sql ?? '', /currency = ''/)
    // Putting back what was read changes nothing; taking it back makes the environment's the base again.
    const all = (await backend.call('GET', '/settings')).body
    assert.equal((await backend.call('PUT', '/settings', all)).body.currency, 'EUR')
    await backend.call('DELETE', '/settings/currency')
    assert.equal((await backend.call('GET', '/settings/currency')).body.value, 'USD')
    assert.equal((await backend.call('GET', `/campaigns/${fresh.id}`)).body.cost_currency, 'EUR')
    await backend.close()
  })
})

describe('exchange rates are fetched', () => {
  let bank: Server
  let answer: { status: number; body: string | Buffer } = { status: 200, body: DAILY }
  let url = ''
  before(async () => {
    bank = createServer((_, response) => response.writeHead(answer.status).end(answer.body)).listen(0, '127.0.0.1')
    await new Promise((resolve) => bank.once('listening', resolve))
    url = `http://127.0.0.1:${(bank.address() as AddressInfo).port}/eurofxref-daily.xml?key=hush`
  })
  after(() => bank.close())

  it('when that is switched on, by the rules for outgoing requests', async () => {
    const backend = await openTestBackend({ allowPrivateTargets: true })
    const deps = { configStore: backend.store, settings: { allowPrivateTargets: true }, nowMs: () => TEST_NOW_MS }
    assert.equal(await fetchRatesIfWanted(deps), '')
    await backend.call('POST', '/settings', { currency_rates_fetch: 1, currency_rates_url: url })
    assert.match(await fetchRatesIfWanted(deps), /rates of 1 day came/)
    assert.equal(await fetchRatesIfWanted(deps), '')
    answer = { status: 200, body: await zipped({ 'eurofxref-hist.csv': HISTORY }) }
    const { body } = await backend.call('POST', '/currencies/fetch')
    assert.deepEqual([body.added, body.url], [2, url])
    const version = await backend.store.ratesVersion()
    for (const [bad, words] of [
      [{ status: 500, body: '' }, /status 500/],
      [{ status: 200, body: '<html>' }, /holds no rates/],
    ] as const) {
      answer = bad
      const failed = await backend.call('POST', '/currencies/fetch')
      assert.equal(failed.status, 406)
      assert.match(JSON.stringify(failed.body), words)
      assert.doesNotMatch(JSON.stringify(failed.body), /hush/)
      await assert.rejects(fetchRatesIfWanted(deps), words)
    }
    await assert.rejects(fetchRatesIfWanted({ ...deps, settings: { allowPrivateTargets: false } }), /private/)
    assert.equal(await backend.store.ratesVersion(), version)
    await backend.close()
  })
})
