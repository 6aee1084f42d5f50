import assert from 'node:assert/strict'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { after, afterEach, before, beforeEach, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { ZipFile } from 'yazl'
import { backendJobs } from '../jobs/jobs.ts'
import { startJobs } from '../jobs/scheduler.ts'
import { openTestBackend, TEST_NOW_MS, type TestBackend } from '../testing.ts'
import { fetchRates, fetchRatesIfWanted } from './fetch-rates.ts'

/** As the bank publishes them, cut to a few currencies: the XML of a day, of 90 days, and the CSV of a day and of all. */
const envelope = (days: string): string => `<?xml version="1.0" encoding="UTF-8"?>
<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01" xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">
\t<gesmes:subject>Reference rates</gesmes:subject>
\t<gesmes:Sender>
\t\t<gesmes:name>European Central Bank</gesmes:name>
\t</gesmes:Sender>
\t<Cube>${days}</Cube>
</gesmes:Envelope>`
const day = (time: string, usd: string): string => `
\t\t<Cube time='${time}'>
\t\t\t<Cube currency='USD' rate='${usd}'/>
\t\t\t<Cube currency='JPY' rate='163.01'/>
\t\t\t<Cube currency='PLN' rate='4.2965'/>
\t\t</Cube>`
const DAILY_XML = envelope(day('2026-02-03', '1.0823'))
const HISTORY_XML = envelope(
  `${day('2026-02-03', '1.0823')}${day('2026-02-02', '1.0811')}${day('2026-01-30', '1.0799')}`,
)
const DAILY_CSV = 'Date, USD, JPY, PLN, \n03 February 2026, 1.0823, 163.01, 4.2965, \n'
const HISTORY_CSV =
  'Date,USD,JPY,BGN,CYP,PLN,\n2026-02-03,1.0823,163.01,1.9558,N/A,4.2965,\n2026-02-02,1.0811,162.5,1.9558,N/A,4.3,\n1999-01-04,1.1789,133.73,N/A,0.58231,4.0712,\n'

async function zipped(name: string, text: string): Promise<Buffer> {
  const zip = new ZipFile()
  const packed = buffer(zip.outputStream)
  zip.addBuffer(Buffer.from(text), name)
  zip.end()
  return packed
}

describe('exchange rates of a bank', () => {
  let bank: Server
  let answer: (response: ServerResponse) => void
  let asked = 0
  let url = ''
  let backend: TestBackend
  const saying =
    (body: string | Buffer, status = 200) =>
    (response: ServerResponse) =>
      void response.writeHead(status).end(body)
  const deps = (timeoutMs = 30_000) => ({
    ...{ configStore: backend.store, settings: { allowPrivateTargets: true }, timeoutMs },
    nowMs: () => TEST_NOW_MS,
  })

  before(async () => {
    bank = createServer((_, response) => {
      asked++
      answer(response)
    }).listen(0, '127.0.0.1')
    await new Promise((resolve) => bank.once('listening', resolve))
    url = `http://127.0.0.1:${(bank.address() as AddressInfo).port}/rates`
  })
  beforeEach(async () => {
    asked = 0
    backend = await openTestBackend({ allowPrivateTargets: true })
    await backend.call('POST', '/settings', { currency_rates_url: url })
  })
  afterEach(() => backend.close())
  after(() => {
    bank.closeAllConnections()
    bank.close()
  })

  it('are taken from every file it publishes', async () => {
    const files: [string | Buffer, number][] = [
      [DAILY_XML, 1],
      [HISTORY_XML, 3],
      [DAILY_CSV, 1],
      [HISTORY_CSV, 3],
      [await zipped('eurofxref.csv', DAILY_CSV), 1],
      [await zipped('eurofxref-hist.csv', HISTORY_CSV), 3],
    ]
    for (const [file, days] of files) {
      const fresh = await openTestBackend()
      await fresh.call('POST', '/settings', { currency_rates_url: url })
      answer = saying(file)
      const { store } = fresh
      const fetched = await fetchRates({ ...deps(), configStore: store })
      assert.ok(fetched.ok, JSON.stringify(fetched))
      assert.equal(fetched.value.added, days)
      const rates = (await store.listRateDays()).filter(({ day }) => day === '2026-02-03')
      assert.partialDeepStrictEqual(rates.at(-1)?.perEuro, { USD: 1.0823, JPY: 163.01, PLN: 4.2965 })
      await fresh.close()
    }
  })

  it('change nothing when they cannot be had, and the reason is told', async () => {
    answer = saying(DAILY_XML)
    assert.ok((await fetchRates(deps())).ok)
    const version = await backend.store.ratesVersion()
    const failures: [failure: (response: ServerResponse) => void, words: RegExp, timeoutMs?: number][] = [
      [saying('', 500), /status 500/],
      [saying('gone', 404), /status 404/],
      [saying(''), /does not begin with Date|holds no rates/],
      [saying('<html>Maintenance</html>'), /holds no rates/],
      [saying(Buffer.from([0x50, 0x4b, 3, 4, 1, 2, 3])), /127\.0\.0\.1/],
      [saying(DAILY_XML.replace('1.0823', '0')), /gives USD of 2026-02-03 the rate \\?"0\\?", which is none/],
      [saying(DAILY_XML.replace('1.0823', '-1.08')), /the rate .*-1\.08/],
      [saying(DAILY_XML.replace('1.0823', '1e9')), /the rate .*1e9/],
      [saying(DAILY_XML.replace("'USD'", "'US dollar'")), /names the currency .*US dollar/],
      [saying(DAILY_XML.replace('2026-02-03', '2026-02-30')), /holds the day .*2026-02-30/],
      [saying('Date,USD,\nyesterday,1.1,\n'), /holds the day .*yesterday/],
      // Half of it, then nothing more.
      [(response) => void response.writeHead(200).write(DAILY_XML.slice(0, 300)), /127\.0\.0\.1/, 300],
      [() => undefined, /127\.0\.0\.1/, 300],
      [(response) => void response.socket?.destroy(), /127\.0\.0\.1/],
    ]
    for (const [failure, words, timeoutMs] of failures) {
      answer = failure
      const failed = await fetchRates(deps(timeoutMs))
      assert.ok(!failed.ok)
      assert.match(JSON.stringify(failed.problems), words)
    }
    assert.equal(await backend.store.ratesVersion(), version)
  })

  it('in currencies nobody knew before are known from then on, and those of one day that are missing stay', async () => {
    answer = saying(DAILY_XML)
    assert.ok((await fetchRates(deps())).ok)
    answer = saying(envelope("<Cube time='2026-02-03'><Cube currency='XYZ' rate='2'/></Cube>"))
    assert.ok((await fetchRates(deps())).ok)
    backend.wait(1001)
    const { body } = await backend.call('GET', '/currencies?date=2026-02-03')
    const rateOf = (code: string): number => body.find((one: { code: string }) => one.code === code)?.rate
    assert.deepEqual([rateOf('XYZ'), rateOf('EUR')], [0.54115, 1.0823])
  })

  it('are asked for only when that is switched on, once at its time, and the log tells what came', async () => {
    const lines: string[] = []
    const log = {
      info: (...line: unknown[]) => lines.push(JSON.stringify(line)),
      warn: (...line: unknown[]) => lines.push(JSON.stringify(line)),
    }
    const job = () =>
      backendJobs({
        ...{
          configStore: backend.store,
          eventStore: backend.events,
          settings: { allowPrivateTargets: true, publicPort: 1 },
        },
        ...{
          files: { remove: async () => undefined },
          network: { resolve: async () => [], probe: async () => Promise.reject(new Error('not asked')) },
        },
        ...{ changed: () => undefined, inTurn: (work) => work(), nowMs: () => TEST_NOW_MS },
      }).filter(({ name }) => name === 'exchange rates')
    const once = async (runs: number): Promise<void> => {
      const jobs = startJobs(job(), { log, nowMs: Date.now, random: () => 0 })
      while ((jobs.status()[0]?.runs ?? 0) + (jobs.status()[0]?.failures ?? 0) < runs) await sleep(1)
      const [status] = jobs.status()
      assert.ok((status?.nextRunAtMs ?? 0) - Date.now() > 3 * 3_600_000, 'some hours later')
      await jobs.close()
    }
    answer = saying(DAILY_XML)
    await once(1)
    assert.deepEqual([asked, lines.length], [0, 0])
    await backend.call('POST', '/settings', { currency_rates_fetch: true })
    await once(1)
    assert.equal(asked, 1)
    assert.match(lines.join(), /rates of 1 day came, the last of 2026-02-03|rates of 1 day came/)
    answer = saying('', 500)
    await once(1)
    assert.match(lines.join(), /No rates could be fetched from 127\.0\.0\.1:\d+: .*status 500/)
    await assert.rejects(fetchRatesIfWanted(deps()), /status 500/)
  })
})
