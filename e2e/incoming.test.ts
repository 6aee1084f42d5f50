import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { z } from 'zod'
import { create, POSTBACK_KEY, startYard, type Yard } from './harness.ts'
import { untilLive } from './sample.ts'

const list = z.array(z.record(z.string(), z.unknown()))
const table = z.looseObject({ rows: list })
const imported = z.looseObject({ results: list })

const BOUNDARY = '------------------------d74496d66958873e'

/** Conversions from every door into the store and the reports, through the processes as users run them. */
describe('incoming conversions', { timeout: 120_000 }, () => {
  let yard: Yard
  let network: number
  let open: number
  let fixed: number
  before(async () => {
    yard = await startYard({ env: { TRACKYARD_LOG_LEVEL: 'warn' } })
    network = await create(yard, '/affiliate_networks', { name: 'Guarded', postback_token: 's3cret' })
    await create(yard, '/conversion_types', {
      ...{ name: 'install', group: 'hold', counts_as_conversion: false, aliases: ['app_open'] },
    })
    await create(yard, '/conversion_types', { name: 'trial', group: 'confirmed' })
    for (const [alias, guarded] of [
      ['open', null],
      ['guarded', network],
    ] as const) {
      const offer = await create(yard, '/offers', {
        ...{ name: alias, payout_auto: true, payout_upsell: true, affiliate_network_id: guarded },
        ...{ action_type: 'http', action_payload: 'https://shop.example/' },
      })
      const campaign = await create(yard, '/campaigns', { name: alias, alias })
      await create(yard, '/streams', { campaign_id: campaign, offers: [{ offer_id: offer }] })
      if (guarded === null) open = campaign
    }
    fixed = await create(yard, '/offers', {
      ...{ name: 'fixed', payout_type: 'CPA', payout_auto: false, payout_value: 12.5 },
      ...{ action_type: 'http', action_payload: 'https://shop.example/' },
    })
    await untilLive(yard)
  })
  after(() => yard?.dispose())

  const click = async (alias: string): Promise<string> => {
    const { cookies } = await yard.send(`/${alias}`, {
      headers: { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0' },
    })
    assert.match(cookies._subid ?? '', /^[a-z0-9]{17}$/)
    return cookies._subid ?? ''
  }
  const totals = async (campaign: string, metrics: readonly string[]) => {
    await yard.waitUntilStored()
    const filters = [{ name: 'campaign', operator: 'EQUALS', expression: campaign }]
    const body = table.parse(
      await yard.api('POST', '/report/build', { range: { interval: 'all_time' }, filters, metrics }),
    )
    return body.rows[0] ?? {}
  }

  const clickOf = async (subId: string) => {
    await yard.waitUntilStored()
    return z.looseObject({ ip: z.unknown() }).parse(await yard.api('GET', `/clicks/${subId}`))
  }

  it('statuses of your own are counted by what they mean, and follow the rules of their group', async () => {
    const subId = await click('open')
    await yard.postback({ subid: subId, status: 'App_Open', payout: '1.5' })
    const metrics = [
      'conversions',
      'lead_revenue',
      'sale_revenue',
      'custom_conversion_7',
      'custom_conversion_7_revenue',
      'custom_conversion_8',
    ]
    assert.partialDeepStrictEqual(await totals('open', metrics), {
      ...{ conversions: 0, lead_revenue: 1.5, custom_conversion_7: 1, custom_conversion_7_revenue: 1.5 },
    })
    await yard.postback({ subid: subId, status: 'x9', trial_status: 'x9' })
    assert.partialDeepStrictEqual(await totals('open', metrics), {
      ...{ conversions: 1, lead_revenue: 0, sale_revenue: 1.5, custom_conversion_7: 0, custom_conversion_8: 1 },
    })
    // An earlier stage that comes late takes nothing back, and neither does a repetition.
    await yard.postback({ subid: subId, status: 'lead' })
    await yard.postback({ subid: subId, status: 'App_Open', payout: '1.5' })
    assert.partialDeepStrictEqual(await totals('open', metrics), { conversions: 1, sale_revenue: 1.5 })
    const log = list.parse(await yard.api('GET', '/logs/postbacks?limit=4'))
    assert.deepEqual(
      log.map(({ outcome, status }) => `${outcome} ${status}`),
      ['unchanged install', 'refused lead', 'updated trial', 'created install'],
    )
  })

  it('each of them has metrics, however many there are', async () => {
    const made = z.object({ number: z.number(), name: z.string() })
    let last = { number: 0, name: '' }
    while (last.number < 12)
      last = made.parse(await yard.api('POST', '/conversion_types', { name: `stage_${last.number}`, group: 'hold' }))
    await untilLive(yard)
    const before = await click('open')
    await yard.postback({ subid: before, status: last.name, payout: '2.5' })
    const name = `custom_conversion_${last.number}`
    const metrics = [name, `${name}_revenue`, 'custom_conversion_11']
    assert.deepEqual(await totals('open', metrics), { [name]: 1, [`${name}_revenue`]: 2.5, custom_conversion_11: 0 })
    const filters = [{ name, operator: 'GREATER_THAN', expression: 0 }]
    const log = { range: { interval: 'today' }, columns: ['sub_id', `${name}_revenue`], filters }
    assert.deepEqual(table.parse(await yard.api('POST', '/clicks/log', log)).rows, [
      { sub_id: before, [`${name}_revenue`]: 2.5 },
    ])
    await yard.postback({ subid: before, status: 'rejected' })
    assert.partialDeepStrictEqual(await totals('open', metrics), { [name]: 0, [`${name}_revenue`]: 0 })
  })

  it('words that a stored postback lists mean the same in every postback that does not list them itself', async () => {
    const lists = { lead_statuses: 'w1,w2', sale_statuses: 'w3' }
    await yard.api('POST', '/postbacks', { name: 'Words', url: 'https://crm.example/', status: 'inactive', ...lists })
    await untilLive(yard)
    const subId = await click('open')
    await yard.postback({ subid: subId, status: 'W1', payout: '1' })
    await yard.postback({ subid: subId, status: 'w3', payout: '4' })
    await yard.postback({ subid: subId, status: 'w2', rejected_status: 'w2' })
    await yard.waitUntilStored()
    const log = list.parse(await yard.api('GET', '/logs/postbacks?limit=3'))
    assert.deepEqual(
      log.map(({ outcome, status }) => `${outcome} ${status}`),
      ['updated rejected', 'updated sale', 'created lead'],
    )
  })

  it('networks that guard their postbacks are believed only with their token', async () => {
    const subId = await click('guarded')
    // The answer is that of any other: one that differs would tell strangers whose click it is.
    const nobody = await yard.postback({ subid: 'zzzzzzzzzzzzzzzzz', payout: '9' })
    const without = await yard.postback({ subid: subId, payout: '9' })
    assert.deepEqual([without.status, without.body], [nobody.status, nobody.body])
    assert.equal((await yard.postback({ subid: subId, payout: '9', token: 'guess' })).status, 403)
    assert.partialDeepStrictEqual(await totals('guarded', ['sales', 'revenue']), { sales: 0, revenue: 0 })
    const [first, second] = list.parse(await yard.api('GET', '/logs/postbacks?limit=2'))
    assert.deepEqual([first?.outcome, second?.outcome], ['rejected', 'refused'])
    assert.match(String(first?.reason), /403 because its token is not that of any affiliate network/)
    assert.match(
      String(second?.reason),
      new RegExp(`affiliate network ${network} sends its token along, and this came without`),
    )
    assert.equal((await yard.postback({ subid: subId, payout: '9', token: 's3cret' })).status, 200)
    assert.partialDeepStrictEqual(await totals('guarded', ['sales', 'revenue']), { sales: 1, revenue: 9 })
    assert.ok(!JSON.stringify(await yard.api('GET', '/logs/postbacks')).includes('s3cret'))
  })

  it('every way of sending says the same: query, forms, JSON, pixel, and pages by the token of their campaign', async () => {
    const token = String(z.looseObject({ token: z.string() }).parse(await yard.api('GET', `/campaigns/${open}`)).token)
    const form = (fields: Record<string, string>): string =>
      `${Object.entries(fields)
        .map(([name, value]) => `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`)
        .join('')}--${BOUNDARY}--\r\n`
    const path = `/${POSTBACK_KEY}/postback`
    const post = (contentType: string, body: string) =>
      yard.send(path, { method: 'POST', headers: { 'content-type': contentType }, body })
    const ways: readonly [string, (subid: string) => Promise<{ status: number; body: string }>][] = [
      ['query', (subid) => yard.send(`${path}?subid=${subid}&status=lead&payout=2&tid=W`)],
      ['form', (subid) => post('application/x-www-form-urlencoded', `subid=${subid}&status=lead&payout=2&tid=W`)],
      [
        'multipart',
        (subid) =>
          post(`multipart/form-data; boundary=${BOUNDARY}`, form({ subid, status: 'lead', payout: '2', tid: 'W' })),
      ],
      ['JSON', (subid) => post('application/json', JSON.stringify({ subid, status: 'lead', payout: 2, tid: 'W' }))],
      [
        'pixel',
        (subid) =>
          yard.send(`${path}?status=lead&payout=2&tid=W&return=img`, { headers: { cookie: `_subid=${subid}` } }),
      ],
      ['page', (subid) => yard.send(`/${token}/postback?subid=${subid}&status=lead&payout=2&tid=W`)],
    ]
    for (const [way, tell] of ways) {
      const subId = await click('open')
      const reply = await tell(subId)
      assert.equal(reply.status, 200, `${way}: ${reply.body}`)
      await yard.waitUntilStored()
      const { rows } = table.parse(await yard.api('GET', `/conversions?click_id=${subId}&limit=9`))
      assert.deepEqual(
        rows.map(({ tid, status, revenue }) => [tid, status, revenue]),
        [['W', 'lead', 2]],
        way,
      )
    }
    const other = await click('guarded')
    await yard.send(`/${token}/postback?subid=${other}&payout=2`)
    await yard.waitUntilStored()
    const [last] = list.parse(await yard.api('GET', '/logs/postbacks?limit=1'))
    assert.match(`${last?.outcome} ${last?.reason}`, /^refused it came with the token of campaign/)
  })

  it('what was wrong is put right: edited, rejected, deleted, and each is written down', async () => {
    const campaign = 'corrected'
    const id = await create(yard, '/campaigns', { name: campaign, alias: campaign, cost_type: 'CPC', cost_value: 0.5 })
    await create(yard, '/streams', { campaign_id: id, offers: [{ offer_id: fixed }] })
    await untilLive(yard)
    const [first, second] = [await click(campaign), await click(campaign)]
    await yard.waitUntilStored()
    const metrics = ['clicks', 'sales', 'leads', 'rejected', 'revenue', 'rejected_revenue', 'cost']
    // Without an amount it is what the offer pays; a script that sends its lead again undoes no sale.
    await yard.api('POST', '/conversions', { click_id: first })
    await yard.api('POST', '/conversions', { click_id: first, status: 'lead' })
    await yard.api('POST', '/conversions', { click_id: second, status: 'lead', revenue: 3 })
    assert.partialDeepStrictEqual(await totals(campaign, metrics), { sales: 1, leads: 1, revenue: 15.5, cost: 1 })
    await yard.api('PUT', `/conversions/${first}-1`, { revenue: 20 })
    await yard.api('PUT', `/conversions/${second}-1`, { status: 'rejected' })
    const edited = { sales: 1, leads: 0, rejected: 1, revenue: 20, rejected_revenue: 3 }
    assert.partialDeepStrictEqual(await totals(campaign, metrics), edited)
    await yard.api('DELETE', `/conversions/${second}-1`)
    assert.partialDeepStrictEqual(await totals(campaign, metrics), { ...edited, rejected: 0, rejected_revenue: 0 })
    const trail = list.parse(await yard.api('GET', `/logs/audit?query=${second}-1&limit=9`))
    assert.deepEqual(
      trail.map(({ action }) => action),
      ['delete', 'update', 'create'],
    )
    const all = { start_date: '2020-01-01', end_date: '2100-01-01', campaign_id: id }
    assert.partialDeepStrictEqual(await yard.api('POST', '/clicks/clean', { ...all, dry_run: 1 }), { clicks: 2 })
    assert.partialDeepStrictEqual(await yard.api('POST', '/clicks/erase', { sub_id: first, dry_run: 1 }), { clicks: 1 })
    assert.equal((await clickOf(first)).ip, '127.0.0.1')
    await yard.api('POST', '/clicks/erase', { sub_id: first })
    assert.partialDeepStrictEqual(await totals(campaign, metrics), { clicks: 2, sales: 1, revenue: 20 })
    assert.equal((await clickOf(first)).ip, '')
    await yard.api('POST', '/clicks/clean', all)
    assert.partialDeepStrictEqual(await totals(campaign, metrics), { clicks: 0, sales: 0, revenue: 0, cost: 0 })
    await yard.postback({ subid: first, payout: '9' })
    await yard.waitUntilStored()
    const [last] = list.parse(await yard.api('GET', '/logs/postbacks?limit=1'))
    assert.equal(last?.outcome, 'click_not_found')
  })

  it('dated postbacks come to the same in any order', async () => {
    const told = [
      { status: 'lead', payout: '2', tid: 'A', ms: 0 },
      { status: 'sale', tid: 'A', ms: 5 },
      { status: 'sale', payout: '3', tid: 'B', ms: 6 },
      { status: 'rejected', tid: 'B', ms: 7 },
    ]
    const states: unknown[] = []
    for (const order of [
      [0, 1, 2, 3],
      [3, 1, 0, 2, 1],
      [2, 3, 3, 1, 0],
    ]) {
      const subId = await click('open')
      const clickedAtMs = Date.now()
      for (const place of order) {
        const { ms = 0, status = '', tid = '', payout = '' } = told[place] ?? {}
        await yard.postback({ subid: subId, status, tid, payout, datetime: new Date(clickedAtMs + ms).toISOString() })
      }
      await yard.waitUntilStored()
      const body = table.parse(await yard.api('GET', `/conversions?click_id=${subId}&limit=100`))
      states.push(
        body.rows.map(({ tid, status, revenue, previous_status }) => [tid, status, revenue, previous_status]).sort(),
      )
    }
    assert.deepEqual(states[0], [
      ['A', 'sale', 2, 'lead'],
      ['B', 'rejected', 3, 'rebill'],
    ])
    assert.deepEqual([states[1], states[2]], [states[0], states[0]])
  })

  it('an import tells what it would do, does it, and takes a large file', async (t) => {
    const [first, second] = [await click('open'), await click('open')]
    await yard.waitUntilStored()
    const lines = `${first},5,I1,lead\n${second},,,paid\n${first},7,I1,trial`
    const preview = imported.parse(await yard.api('POST', '/conversions/import', { conversions: lines, dry_run: true }))
    assert.deepEqual(
      preview.results.map(({ outcome }) => outcome),
      ['created', 'refused', 'updated'],
    )
    const done = imported.parse(await yard.api('POST', '/conversions/import', { conversions: lines }))
    assert.deepEqual(done.results, preview.results)
    const many = Array.from(
      { length: 20_000 },
      (_, place) => `${place % 2 ? first : second},${place % 50},M${place % 40},sale`,
    )
    const startedAt = performance.now()
    const large = imported.parse(await yard.api('POST', '/conversions/import', { conversions: many.join('\n') }))
    t.diagnostic(`20 000 lines: ${Math.round(performance.now() - startedAt)} ms`)
    assert.partialDeepStrictEqual(large, { total: 20_000, created: 40, failed: 0, refused: 0 })
    const body = table.parse(await yard.api('GET', `/conversions?click_id=${first}&limit=100`))
    assert.equal(body.rows.length, 21)
  })
})
