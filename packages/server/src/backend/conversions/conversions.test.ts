import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { createSubId } from '@trackyard/core/events/sub-id.ts'
import { toLine } from '../../stores/events/line.ts'
import { loadPostbackRules } from '../load-postback-rules.ts'
import { openTestBackend, TEST_KEY, TEST_NOW_MS, type TestBackend } from '../testing.ts'

const DAY_MS = 86_400_000
const id = (who: number): string => createSubId(TEST_NOW_MS - DAY_MS + who, who / 10)

let backend: TestBackend
let campaign: number
beforeEach(async () => {
  backend = await openTestBackend()
  campaign = (await backend.create('campaigns', { name: 'C', alias: 'c' })).id
  const rows = [0, 1, 2].map((who) => ({
    sub_id: id(who),
    datetime: TEST_NOW_MS - DAY_MS + who,
    campaign_id: campaign,
  }))
  await backend.events.insertLines(
    'clicks',
    rows.map((row) => toLine('clicks', row, 1)),
    'x',
  )
})
afterEach(() => backend.close())

const clickRow = (who: number) => backend.events.clicks().find(({ row }) => row.sub_id === id(who))?.row ?? {}
const importing = async (conversions: string, more: object = {}) =>
  (await backend.call('POST', '/conversions/import', { conversions, ...more })).body
/** Line, outcome and message of every result. */
const told = (body: { results: { line: number; outcome: string; message: string }[] }) =>
  body.results.map(({ line, outcome, message }) => `${line} ${outcome}: ${message}`)

describe('conversion types', () => {
  it('are statuses like those built in, each of the first with metrics of its own', async () => {
    const made = await backend.create('conversion_types', {
      ...{ name: ' Install ', group: 'hold', counts_as_conversion: 0, aliases: 'App_Open, first run' },
    })
    assert.partialDeepStrictEqual(made, {
      ...{ name: 'install', label: '', group: 'hold', counts_as_conversion: false },
      ...{ aliases: ['app_open', 'first run'], number: 7, state: 'active' },
    })
    const trial = await backend.create('conversion_types', { name: 'trial', group: 'confirmed' })
    assert.equal(trial.number, 8)
    const refused = await backend.create('conversion_types', { name: 'chargeback', money_group: 'rejected' })
    assert.deepEqual([trial.counts_as_conversion, refused.counts_as_conversion], [true, false])
    const told = await backend.create('conversion_types', { name: 'spoilt', group: 'trash', counts: 1 })
    assert.equal(told.counts_as_conversion, true)
    const list = (await backend.call('GET', '/conversions/statuses')).body
    assert.deepEqual(
      list.map(({ name }: { name: string }) => name),
      [
        'lead',
        'sale',
        'rejected',
        'rebill',
        'registration',
        'deposit',
        'trash',
        'install',
        'trial',
        'chargeback',
        'spoilt',
      ],
    )
    assert.partialDeepStrictEqual(list.at(-4), {
      ...{ metric: 'custom_conversion_7', parameter: 'install_status', is_builtin: false, counts_as_conversion: false },
    })
    const set = await backend.call('POST', '/conversions', { click_id: id(0), status: 'app_open', revenue: 3 })
    assert.deepEqual([set.body.status, set.body.original_status], ['install', 'app_open'])
    await backend.call('POST', '/conversions', { click_id: id(1), status: 'TRIAL', revenue: 4 })
    assert.partialDeepStrictEqual(clickRow(0), {
      ...{ lead_revenue: 3_000_000, custom_conversion_7: 1, custom_conversion_7_revenue: 3_000_000 },
    })
    assert.equal(clickRow(0).custom_conversions, undefined)
    assert.partialDeepStrictEqual(clickRow(1), {
      sale_revenue: 4_000_000,
      custom_conversions: 1,
      custom_conversion_8: 1,
    })
  })

  it('keep what they meant when a conversion was reported', async () => {
    const made = await backend.create('conversion_types', { name: 'install', group: 'hold' })
    await backend.call('POST', '/conversions', { click_id: id(0), status: 'install', revenue: 3 })
    const changed = await backend.call('PUT', `/conversion_types/${made.id}`, { name: 'other', group: 'confirmed' })
    assert.deepEqual([changed.body.name, changed.body.group], ['install', 'confirmed'])
    await backend.call('PUT', `/conversions/${id(0)}-1`, { revenue: 5 })
    assert.partialDeepStrictEqual(clickRow(0), { lead_revenue: 5_000_000 })
    await backend.call('DELETE', `/conversion_types/${made.id}`)
    assert.equal((await backend.call('POST', '/conversions', { click_id: id(1), status: 'install' })).status, 406)
    await backend.call('PUT', `/conversions/${id(0)}-1`, { revenue: 6 })
    assert.partialDeepStrictEqual(clickRow(0), { lead_revenue: 6_000_000 })
    // Its number stays with the conversions it counted, and comes again with its name.
    assert.equal((await backend.create('conversion_types', { name: 'second' })).number, 8)
    assert.equal((await backend.create('conversion_types', { name: 'install' })).number, 7)
  })

  const refused: readonly [object, RegExp][] = [
    [{}, /"name":\["Name is required/],
    [{ name: 'sale' }, /"name":\["is a status that there is already/],
    [{ name: 'upsell' }, /another word for the status rebill/],
    [{ name: 'ignore' }, /ignore_status means something else/],
    [{ name: 'a b' }, /must be 1 to 32 of a-z/],
    [{ name: "x' OR 1=1 --" }, /must be 1 to 32 of a-z/],
    [{ name: { a: 1 } }, /"name":\["Name must be text/],
    [{ name: 'known' }, /"name":\["Name is already used/],
    [{ name: 'word' }, /a word for the conversion type known already/],
    [{ name: 'x', aliases: ['word'] }, /"aliases":\["word is a word for/],
    [{ name: 'x', aliases: ['Approved'] }, /"aliases":\["approved is a word for the status sale/],
    [{ name: 'x', aliases: 5 }, /"aliases":\["must be a list/],
    [{ name: 'x', aliases: [{}] }, /must be a word/],
    [{ name: 'x', group: 'money' }, /"group":\["must be hold, confirmed, rejected, trash/],
    [{ name: 'x', counts_as_conversion: 'maybe' }, /"counts_as_conversion":\["must be true or false/],
  ]
  it('refuse names that mean something else, and nothing is half made', async () => {
    await backend.create('conversion_types', { name: 'known', aliases: ['word'] })
    for (const [input, words] of refused) {
      const { status, body } = await backend.call('POST', '/conversion_types', input)
      assert.equal(status, 406, JSON.stringify(input))
      assert.match(JSON.stringify(body), words)
    }
    assert.equal((await backend.call('GET', '/conversion_types')).body.length, 1)
    assert.equal((await backend.call('PUT', '/conversion_types/99', { label: 'x' })).status, 404)
  })
})

describe('conversions that several change at once', () => {
  it('of two that take the same tid one gets it', async () => {
    for (const tid of ['A', 'B']) await backend.call('POST', '/conversions', { click_id: id(0), tid, revenue: 1 })
    const both = await Promise.all(
      [1, 2].map((number) => backend.call('PUT', `/conversions/${id(0)}-${number}`, { tid: 'NEW' })),
    )
    assert.deepEqual(both.map(({ status }) => status).sort(), [200, 406])
    const tids = backend.events.conversions().map(({ row }) => row.tid)
    assert.equal(tids.filter((tid) => tid === 'NEW').length, 1)
  })

  it('two that add the same tid make one conversion', async () => {
    const sent = { click_id: id(0), tid: 'X', revenue: 2 }
    const both = await Promise.all([sent, sent].map((body) => backend.call('POST', '/conversions', body)))
    assert.deepEqual(
      both.map(({ body }) => body.conversion_id),
      [`${id(0)}-1`, `${id(0)}-1`],
    )
    assert.equal(clickRow(0).sale_revenue, 2_000_000)
  })
})

describe('conversions set right by hand', () => {
  it('are named in the audit log', async () => {
    await backend.call('POST', '/conversions', { click_id: id(0), revenue: 2 })
    const [noted] = (await backend.call('GET', '/logs/audit')).body
    assert.match(noted.message, new RegExp(`: create conversions ${id(0)}-1$`))
    await importing(`${id(1)},5`)
    assert.match(
      (await backend.call('GET', '/logs/audit')).body[0].message,
      /: run conversions: \/conversions\/import$/,
    )
  })
  it('are answered in the base currency of now, whatever the click was counted in', async () => {
    await backend.call('POST', '/currencies/XTS/rates', { rate: '2', from: '2026-01-01' })
    backend.wait(1001)
    await backend.call('POST', '/conversions', { click_id: id(0), revenue: 10 })
    await backend.call('PUT', '/settings', { currency: 'XTS' })
    backend.wait(1001)
    const { body } = await backend.call('PUT', `/conversions/${id(0)}-1`, { revenue: 7 })
    assert.equal(body.revenue, 7)
    assert.equal(clickRow(0).sale_revenue, 14_000_000)
    const { conversions, cost_reason } = (await backend.call('GET', `/clicks/${id(0)}/explain`)).body
    assert.deepEqual([conversions[0].revenue, cost_reason], [7, 'The click itself costs 0 USD.'])
  })
  it('say that a time is before the click', async () => {
    const send = async (method: 'POST' | 'PUT', path: string, payload: object) => {
      const url = `/admin_api/v1${path}`
      const reply = await backend.app.inject({ method, url, headers: { 'api-key': TEST_KEY }, payload })
      assert.equal(reply.statusCode, 200, reply.body)
      return reply.headers['trackyard-hint']
    }
    const early =
      /^sale_datetime: is before its click, which came at 2026-02-02 14:05:09 UTC; .*\. It was taken as it is\.$/
    const click_id = id(0)
    const fine = { click_id, postback_datetime: '2026-02-02 14:05:09', sale_datetime: '2026-02-02 14:06' }
    assert.equal(await send('POST', '/conversions', fine), undefined)
    const hint = await send('PUT', `/conversions/${click_id}-1`, { sale_datetime: '2026-02-02 14:05:08' })
    assert.match(String(hint), early)
    assert.match(String(await send('POST', '/conversions', { click_id: id(1), sale_datetime: '2026-02-02' })), early)
  })
  it('refuse by the name that was sent, and days to come', async () => {
    await backend.call('POST', '/conversions', { click_id: id(0), revenue: 2 })
    for (const [sent, words] of [
      [{ payout: 'much' }, /^{"payout":\["must be an amount/],
      [{ revenue: 'much' }, /^{"revenue":/],
      [{ sale_datetime: '2030-01-01' }, /^{"sale_datetime":\["must be a date .* not in the future/],
    ] as const) {
      const { status, body } = await backend.call('PUT', `/conversions/${id(0)}-1`, sent)
      assert.equal(status, 406)
      assert.match(JSON.stringify(body), words)
    }
  })
})

describe('the import of conversions', () => {
  const LINES = `${id(0)},12.50,,lead\n${id(1)},30,ORD-77,sale\n\nzzzzzzzzzzzzzzzzz,1\n${id(2)},0,,rejected\n${id(0)},,,sale`

  it('tells first what each line would do, and does the same then', async () => {
    const preview = await importing(LINES, { dry_run: 1 })
    assert.deepEqual(told(preview), [
      '1 created: new conversion: lead, 12.5 USD',
      '2 created: new conversion: sale, 30 USD',
      '4 refused: no click has the id zzzzzzzzzzzzzzzzz',
      '5 created: new conversion: rejected, 0 USD',
      '6 updated: lead → sale',
    ])
    assert.deepEqual(backend.events.conversions(), [])
    assert.partialDeepStrictEqual(preview, { dry_run: true, total: 5, created: 3, updated: 1, refused: 1, failed: 0 })
    const done = await importing(LINES)
    assert.deepEqual(done.results, preview.results)
    assert.equal(done.dry_run, false)
    assert.equal(clickRow(0).sale_revenue, 12_500_000)
    assert.deepEqual(
      (await importing(LINES)).results.map(({ outcome }: { outcome: string }) => outcome),
      [
        // The first line takes the sale back to a lead, as people may; the last brings it forward again.
        ...['updated', 'unchanged', 'refused', 'unchanged', 'updated'],
      ],
    )
    const notes = await backend.store.listAudit({ limit: 9, kind: 'conversions' })
    assert.deepEqual([notes.length, notes[0]?.action], [2, 'run'])
    // Who wants to know what happened to a conversion finds it by its click.
    const [found] = await backend.store.listAudit({ limit: 9, query: id(1) })
    assert.match(JSON.stringify(found?.after), /ORD-77: new conversion: sale, 30 USD/)
  })

  it('reads headers, other separators, quotation marks, files, currencies and times', async () => {
    await backend.create('conversion_types', { name: 'install' })
    const tabs = `\ufeffStatus\tsub_id\tnote\tamount\ttime\r\ninstall\t${id(0)}\tx\t1,25\t2026-02-03 10:00\r\n`
    assert.deepEqual(told(await importing(tabs, { timezone: 'Europe/Berlin' })), [
      '2 created: new conversion: install, 1.25 USD',
    ])
    const [first] = backend.events.conversions()
    assert.equal(first?.row.postback_datetime, Date.UTC(2026, 1, 3, 9))
    assert.deepEqual(told(await importing(`${id(1)};"1.200,50";;sale`)), [
      '1 created: new conversion: sale, 1200.5 USD',
    ])
    const file = await backend.call('POST', '/conversions/import', `${id(2)},5`, {
      headers: { 'content-type': 'text/csv' },
    })
    assert.deepEqual(told(file.body), ['1 created: new conversion: sale, 5 USD'])
  })

  it('takes back what an export wrote, with its four decimals, as no news', async () => {
    await backend.call('POST', '/conversions', { click_id: id(0), revenue: '14.200928' })
    const exported = `Sub ID;TID;Status;Revenue;Postback time\n${id(0)};;sale;14.2009;2026-02-03 14:05:09`
    assert.deepEqual(told(await importing(exported)), ['2 unchanged: already sale with this payout'])
    assert.deepEqual(told(await importing(`${id(0)},14.201`)), ['1 updated: 14.200928 → 14.201 USD'])
  })

  it('takes times as networks write them, and none before the click', async () => {
    // The click came on 2 February at 14:05:09.
    const times: readonly [string, string][] = [
      ['2026-02-02T15:00:00Z', '2026-02-02T15:00:00.000Z'],
      ['2026-02-02 18:00+03:00', '2026-02-02T15:00:00.000Z'],
      ['1770044400', '2026-02-02T15:00:00.000Z'],
      ['2026-02-02', '2026-02-02T14:05:09.000Z'],
    ]
    for (const [place, [text, expected]] of times.entries()) {
      await importing(`${id(0)},1,T${place},lead,,${text}`)
      const made = backend.events.conversions().find(({ row }) => row.tid === `T${place}`)
      assert.equal(new Date(Number(made?.row.postback_datetime)).toISOString(), expected, text)
    }
    const early = '1 refused: datetime: is before its click, which came at 2026-02-02 14:05:09 UTC'
    for (const text of ['2026-02-02 14:00', '2026-02-01'])
      assert.deepEqual(told(await importing(`${id(0)},1,E,lead,,${text}`)), [
        `${early}; name the zone of these times as timezone`,
      ])
    // What is known keeps its time, whatever is written beside it.
    assert.deepEqual(told(await importing(`${id(0)},1,T0,lead,,2026-02-01`)), [
      '1 unchanged: already lead with this payout',
    ])
  })

  it('reads what spreadsheets save as Unicode text, and tells what it passes over', async () => {
    const text = `sub_id\tpayout\tstatuss\tNote\r\n${id(0)}\t5\tlead\t"two\r\nlines"\r\n`
    const file = await backend.app.inject({
      ...{ method: 'POST', url: '/admin_api/v1/conversions/import', payload: Buffer.from(`\ufeff${text}`, 'utf16le') },
      headers: { 'api-key': TEST_KEY, 'content-type': 'text/csv' },
    })
    assert.deepEqual(told(file.json()), ['2 created: new conversion: sale, 5 USD'])
    assert.deepEqual(file.json().ignored_columns, ['statuss', 'Note'])
    assert.match(String(file.headers['trackyard-hint']), /Nothing is read from the columns statuss, Note/)
    assert.deepEqual((await importing(`${id(0)},5`)).ignored_columns, [])
  })

  const refused: readonly [string, RegExp][] = [
    [`${id(0)},much`, /payout much: must be an amount/],
    [`${id(0)},1,,paid`, /status paid: must be one of lead, sale, .*trash$/],
    [`${id(0)},1,${'x'.repeat(101)}`, /tid: must be at most 100/],
    [`${id(0)},1,,,EURO`, /currency: EURO has no exchange rate/],
    [`${id(0)},1,,,E?`, /currency E\?: must be a code/],
    [`${id(0)},1,,,,soon`, /datetime soon: must be a date/],
    [`${id(0)},1,,,,2030-01-01`, /not in the future/],
    [`${id(0)},1,,,,,x`, /has 7 fields/],
    [`${id(0)},"1`, /quotation mark is not closed/],
    [',1', /click id is missing/],
    ["' OR 1=1 --,1", /is not a click id/],
    ['x'.repeat(5000), /longer than 4000 characters/],
  ]
  it('refuses single lines with the reason, and goes on', async () => {
    const { results, created } = await importing([...refused.map(([line]) => line), `${id(1)},1`].join('\n'))
    for (const [place, [line, words]] of refused.entries()) assert.match(results[place].message, words, line)
    assert.equal(created, 1)
    assert.equal(backend.events.conversions().length, 1)
  })

  it('refuses what is no import', async () => {
    for (const input of [
      {},
      { conversions: '' },
      { conversions: ' \n ' },
      { conversions: { a: 1 } },
      { conversions: 5 },
    ]) {
      const { status, body } = await backend.call('POST', '/conversions/import', input)
      assert.deepEqual([status, Object.keys(body)], [406, ['conversions']], JSON.stringify(input))
    }
    assert.equal(
      (await backend.call('POST', '/conversions/import', { conversions: 'a', dry_run: 'maybe' })).status,
      406,
    )
    const many = await backend.call('POST', '/conversions/import', { conversions: '\n'.repeat(100_001) + id(0) })
    assert.equal(many.status, 413)
    assert.match(many.body.error, /at most 100000 lines at once, and these are 100002\. Send them in several parts/)
    const headless = await backend.call('POST', '/conversions/import', { conversions: `id,payout\n${id(0)},5` })
    assert.equal(headless.status, 406)
    assert.match(headless.body.conversions[0], /none of them is the click: call it subid/)
    const large = await backend.call('POST', '/conversions/import', 'x'.repeat(17 * 1024 * 1024), {
      headers: { 'content-type': 'text/csv' },
    })
    assert.equal(large.status, 413)
    assert.deepEqual(backend.events.conversions(), [])
  })

  it('takes as many lines as a form has, and keeps the order of those about one click', async () => {
    const lines = Array.from({ length: 1200 }, (_, place) => `${id(place % 3)},${place},T${place % 7}`)
    const preview = await importing(lines.join('\n'), { dry_run: true })
    const done = await importing(lines.join('\n'))
    assert.deepEqual(done.results, preview.results)
    assert.deepEqual([done.total, done.created], [1200, 21])
    assert.equal(backend.events.conversions().find(({ row }) => row.tid === 'T3')?.row.revenue !== undefined, true)
  })
})

describe('affiliate networks that guard their postbacks', () => {
  it('keep of the token only what recognises it', async () => {
    const made = await backend.create('affiliate_networks', {
      ...{ name: 'Guarded', postback_token: 's3cret', postback_ips: '203.0.113.0/24, 198.51.100.7' },
    })
    assert.deepEqual([made.postback_token, made.postback_ips], ['********', ['203.0.113.0/24', '198.51.100.7']])
    const rules = async () => (await loadPostbackRules(backend.store, false)).networks
    const [first] = await rules()
    assert.match(first?.tokenHash ?? '', /^sha256:[0-9a-f]{64}$/)
    await backend.call('PUT', `/affiliate_networks/${made.id}`, { ...made, name: 'Renamed' })
    assert.deepEqual(await rules(), [first])
    const audit = JSON.stringify(await backend.store.listAudit({ limit: 9 }))
    assert.ok(!audit.includes('s3cret'))
    await backend.call('POST', `/affiliate_networks/${made.id}/clone`)
    assert.deepEqual(
      (await rules()).map(({ tokenHash }) => tokenHash !== ''),
      [true, false],
    )
    await backend.call('PUT', `/affiliate_networks/${made.id}`, { postback_token: '', postback_ips: [] })
    assert.equal((await rules()).length, 1)
    for (const [input, words] of [
      [{ postback_ips: ['nonsense'] }, /postback_ips/],
      [{ postback_ips: 7 }, /must be a list of addresses/],
      [{ postback_token: ['a'] }, /"postback_token":\["must be text/],
    ] as const) {
      const { status, body } = await backend.call('PUT', `/affiliate_networks/${made.id}`, input)
      assert.equal(status, 406)
      assert.match(JSON.stringify(body), words)
    }
  })
})
