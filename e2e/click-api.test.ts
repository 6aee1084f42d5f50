import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { z } from 'zod'
import { create, startYard, type Yard } from './harness.ts'
import { clicksOf, createCampaign, createOffer, untilLive } from './sample.ts'

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'

const answerShape = z.object({
  body: z.string().nullable(),
  status: z.number(),
  contentType: z.string(),
  headers: z.array(z.string()),
  cookies: z.record(z.string(), z.string()),
  cookies_ttl: z.number().optional(),
  uniqueness_cookie: z.string(),
  info: z
    .object({
      campaign_id: z.number(),
      stream_id: z.number().nullable(),
      landing_id: z.number().nullable(),
      offer_id: z.number().nullable(),
      sub_id: z.string().nullable(),
      token: z.string().nullable(),
      type: z.string().nullable(),
      url: z.string().nullable(),
      is_bot: z.boolean(),
      uniqueness: z.object({ campaign: z.boolean(), stream: z.boolean(), global: z.boolean() }),
    })
    .optional(),
  log: z.array(z.string()).optional(),
})
const logRows = z.object({ total: z.number(), rows: z.array(z.record(z.string(), z.unknown())) })

let yard: Yard
let visitors = 0
before(async () => {
  yard = await startYard({ env: { TRACKYARD_LOG_LEVEL: 'warn' } })
})
after(() => yard?.dispose())

const token = (alias: string): string => `token-of-${alias}-0123456789`
const campaign = (alias: string, streams: readonly object[], more: object = {}): Promise<number> =>
  createCampaign(yard, alias, streams, { token: token(alias), ...more })
const shows = (action_type: string, action_payload = ''): object => ({ schema: 'action', action_type, action_payload })
const goes = (action_payload: string, action_type = 'http'): object => ({
  schema: 'redirect',
  action_type,
  action_payload,
})

/** An address nobody had before. */
const newcomer = (): string => `81.2.${Math.floor(++visitors / 250)}.${(visitors % 250) + 1}`

interface CallOptions {
  readonly path?: string
  readonly cookie?: string
  readonly as?: 'form' | 'json' | 'query'
}

/** Calls as a site does; `alias` says which campaign's token it has. */
async function call(alias: string, params: Record<string, string> = {}, options: CallOptions = {}) {
  const { path = '/click_api/v3', cookie, as = 'form' } = options
  const all = { token: token(alias), version: '3', info: '1', ip: newcomer(), ua: FIREFOX, language: 'de', ...params }
  if (path !== '/click_api/v3') all.version = '2'
  const form = new URLSearchParams(all).toString()
  const reply = await yard.send(as === 'query' ? `${path}?${form}` : path, {
    method: as === 'query' ? 'GET' : 'POST',
    headers: {
      'user-agent': 'KHttpClient',
      'content-type': as === 'json' ? 'application/json' : 'application/x-www-form-urlencoded',
      ...(cookie === undefined ? {} : { cookie }),
    },
    ...(as === 'query' ? {} : { body: as === 'json' ? JSON.stringify(all) : form }),
  })
  assert.equal(reply.status, 200, reply.body)
  assert.match(String(reply.headers['content-type']), /^application\/json/)
  assert.equal(reply.headers['access-control-allow-origin'], '*')
  return answerShape.parse(JSON.parse(reply.body))
}

const clickOf = async (subId: string | null | undefined, columns: readonly string[]) =>
  logRows.parse(
    await yard.api('POST', '/clicks/log', {
      range: { interval: 'all_time' },
      filters: [{ name: 'sub_id', operator: 'EQUALS', expression: subId }],
      columns,
    }),
  ).rows[0]

describe('Click API', { timeout: 120_000 }, () => {
  it('carries the visitor the site describes, and answers what to send', async () => {
    const id = await campaign('all', [goes('https://o.example/?c={subid}&k={keyword}')], {
      parameters: { sub_id_1: { name: 'zone' } },
    })
    const answer = await call('all', {
      ip: '8.8.8.8',
      kversion: '3.4',
      referrer: 'https://news.example/x',
      se_referrer: 'https://news.example/x',
      keyword: 'red shoes',
      zone: 'north',
      landing_id: '77',
      x_requested_with: 'com.app',
      original_host: 'site.example',
      original_method: 'GET',
      uri: '/page',
      'original_headers[User-Agent]': 'not this one',
      'original_headers[Accept-Language]': 'fr',
    })
    const { info, cookies, uniqueness_cookie: unique, ...rest } = answer
    assert.deepEqual(rest, {
      body: null,
      status: 302,
      contentType: 'text/html; charset=utf-8',
      headers: [`Location: https://o.example/?c=${info?.sub_id}&k=red%20shoes`],
      cookies_ttl: 24,
    })
    assert.deepEqual(
      { ...info, stream_id: 0, token: '' },
      {
        campaign_id: id,
        stream_id: 0,
        landing_id: null,
        offer_id: null,
        sub_id: cookies._subid,
        token: '',
        type: 'http',
        url: 'https://o.example/?c={subid}&k={keyword}',
        is_bot: false,
        uniqueness: { campaign: true, stream: true, global: true },
      },
    )
    assert.equal(info?.token, cookies._token)
    assert.equal(cookies._tyv, unique)
    await yard.waitUntilStored()
    const columns = ['ip', 'country_code', 'browser', 'language', 'referrer', 'keyword', 'sub_id_1', 'landing_id']
    assert.partialDeepStrictEqual(await clickOf(info?.sub_id, [...columns, 'x_requested_with', 'is_bot']), {
      ip: '8.8.8.8',
      country_code: 'US',
      browser: 'Firefox',
      language: 'German',
      referrer: 'https://news.example/x',
      keyword: 'red shoes',
      sub_id_1: 'north',
      landing_id: 77,
      x_requested_with: 'com.app',
      is_bot: false,
    })
  })

  it('reads a form, JSON and a query alike', async () => {
    await campaign('kinds', [goes('https://o.example/?k={keyword}&l={language}')])
    for (const as of ['form', 'json', 'query'] as const) {
      const answer = await call('kinds', { keyword: 'a&b ü' }, { as })
      assert.deepEqual(answer.headers, ['Location: https://o.example/?k=a%26b%20%C3%BC&l=de'], as)
    }
  })

  it('keeps the offer for the link of the page, unless told to go there at once', async () => {
    const one = await createOffer(yard, 'api-one')
    const two = await createOffer(yard, 'api-two')
    await campaign('offers', [
      {
        offers: [
          { offer_id: one, share: 100 },
          { offer_id: two, share: 0 },
        ],
      },
    ])
    const page = await call('offers')
    assert.deepEqual([page.status, page.headers, page.body, page.info?.offer_id], [200, [], null, null])
    const go = (query: string) => yard.send(`/?_lp=1&_token=${page.info?.token}${query}`)
    assert.equal((await go(`&offer_id=${two}`)).location, `https://api-two.example/?c=${page.info?.sub_id}`)
    assert.equal((await go('')).location, `https://api-one.example/?c=${page.info?.sub_id}`)

    const forced = await call('offers', { force_redirect_offer: '1' })
    assert.deepEqual(forced.headers, [`Location: https://api-one.example/?c=${forced.info?.sub_id}`])
    assert.equal(forced.info?.offer_id, one)
    for (const path of ['/click_api/v2', '/api.php']) {
      const old = await call('offers', {}, { path })
      assert.deepEqual(old.headers, [`Location: https://api-one.example/?c=${old.info?.sub_id}`], path)
      assert.equal('cookies_ttl' in old, false)
    }
    const waiting = await call('offers')
    await yard.waitUntilStored()
    const summaryOf = async (subId: string | null | undefined) =>
      z
        .object({ summary: z.string() })
        .loose()
        .parse(await yard.api('GET', `/clicks/${subId}/explain`)).summary
    assert.match(await summaryOf(waiting.info?.sub_id), /the page of the site stays, and its link to the offer was not/)
    assert.match(
      await summaryOf(page.info?.sub_id),
      /followed the link of the page of the site to offer \d+ \(api-one\)/,
    )
    assert.match(await summaryOf(forced.info?.sub_id), /sent the visitor to offer .*A site asked by the Click API/)
    assert.partialDeepStrictEqual(await clickOf(page.info?.sub_id, ['landing_clicked', 'offer_id']), {
      landing_clicked: true,
    })
    assert.partialDeepStrictEqual(await clickOf(forced.info?.sub_id, ['landing_clicked', 'offer_id']), {
      landing_clicked: false,
      offer_id: one,
    })
  })

  it('shows landing pages, and sends to external ones with the proof of the click', async () => {
    const inside = await create(yard, '/landing_pages', {
      name: 'In',
      landing_type: 'action',
      action_type: 'show_html',
      action_payload: '<a href="{offer}">Go</a>',
    })
    const outside = await create(yard, '/landing_pages', {
      name: 'Out',
      landing_type: 'external',
      action_type: 'http',
      action_payload: 'https://lp.example/',
    })
    const offer = await createOffer(yard, 'api-lp')
    await campaign('inside', [{ landings: [{ landing_id: inside }], offers: [{ offer_id: offer }] }])
    await campaign('outside', [{ landings: [{ landing_id: outside }], offers: [{ offer_id: offer }] }])
    const shown = await call('inside')
    const link = `<a href="${yard.base.origin}/?_lp=1&_token=${shown.info?.token}">Go</a>`
    assert.equal(shown.body?.replaceAll('&amp;', '&'), link)
    assert.equal(shown.info?.landing_id, inside)
    const sent = await call('outside')
    assert.deepEqual(sent.headers, [
      `Location: https://lp.example/?_subid=${sent.info?.sub_id}&_token=${sent.info?.token}`,
    ])
  })

  it('gives every action in a form that a site can carry out', async () => {
    await campaign('nothing', [shows('do_nothing')])
    await campaign('gone', [shows('status404')])
    await campaign('text', [shows('show_text', 'hi {keyword}')])
    await campaign('meta', [goes('https://o.example/', 'meta')])
    assert.partialDeepStrictEqual(await call('nothing'), { body: null, status: 200, headers: [] })
    assert.partialDeepStrictEqual(await call('gone'), { body: '404 Not Found', status: 404 })
    assert.partialDeepStrictEqual(await call('text', { keyword: '<b>' }), {
      body: 'hi <b>',
      contentType: 'text/plain; charset=utf-8',
    })
    assert.match((await call('meta')).body ?? '', /http-equiv="refresh"/)
  })

  it('knows visitors again by cookie header, uniqueness_cookie and address', async () => {
    await campaign('unique', [shows('do_nothing')])
    const unique = async (params: Record<string, string>, options?: CallOptions) =>
      (await call('unique', params, options)).info?.uniqueness.campaign
    const first = await call('unique', { ip: '81.3.0.1' })
    assert.equal(first.info?.uniqueness.campaign, true)
    assert.equal(await unique({ ip: '81.3.0.1' }), false)
    assert.equal(await unique({ uniqueness_cookie: first.uniqueness_cookie }), false)
    assert.equal(await unique({}, { cookie: `a=b; _tyv=${first.cookies._tyv}` }), false)
    assert.equal(await unique({}), true)
    assert.equal(await unique({ uniqueness_cookie: 'eyJhbGciOi.forged.x' }), true)
  })

  it('makes no second click for a click that the call names with its proof', async () => {
    await campaign('again', [goes('https://o.example/?c={subid}')])
    const first = await call('again', { info: '1' })
    const again = await call('again', { sub_id: first.info?.sub_id ?? '', _token: first.info?.token ?? '' })
    assert.deepEqual([again.headers, again.info?.sub_id], [first.headers, first.info?.sub_id])
    assert.deepEqual(again.cookies, { _subid: first.info?.sub_id, _token: first.info?.token })
    const forged = await call('again', { sub_id: first.info?.sub_id ?? '', _token: 'v1.k.x.y' })
    assert.notEqual(forged.info?.sub_id, first.info?.sub_id)
    await yard.waitUntilStored()
    assert.equal(await clicksOf(yard, 'again'), 2)
  })

  it('tells how it decided when asked, and marks bots', async () => {
    await campaign('told', [
      { ...shows('status404'), type: 'forced', filters: [{ name: 'bot', mode: 'accept', payload: null }] },
      shows('do_nothing'),
    ])
    const { log } = await call('told', { log: '1' })
    assert.match(log?.join('\n') ?? '', /Processing campaign \d+\n.*rejected by filter bot\n.*accepted\n/s)
    const bot = await call('told', { ua: 'Googlebot/2.1 (+http://www.google.com/bot.html)' })
    assert.deepEqual([bot.info?.is_bot, bot.status, bot.log], [true, 404, undefined])
    // The site's own client is nobody's browser.
    assert.equal((await call('told', { ua: '' })).info?.is_bot, true)
    const { info, ...without } = await call('told', { info: '0' })
    assert.deepEqual([info, without.status], [undefined, 200])
  })

  it('makes no click of what is none', async () => {
    await campaign('off', [shows('show_html', 'x')], { state: 'disabled' })
    await campaign('ahead', [shows('show_html', 'x')])
    for (const answer of [await call('off'), await call('ahead', { prefetch: '1' })])
      assert.partialDeepStrictEqual(answer, { body: null, status: 200, headers: [], cookies: {} })
    await yard.waitUntilStored()
    assert.equal((await clicksOf(yard, 'off')) + (await clicksOf(yard, 'ahead')), 0)
  })

  it('serves what is saved now: a token that was changed is nobody’s', async () => {
    const id = await campaign('moved', [shows('do_nothing')])
    await call('moved')
    await yard.api('PUT', `/campaigns/${id}`, { token: 'another-token-0123456789' })
    await untilLive(yard)
    assert.match((await yard.send(`/click_api/v3?token=${token('moved')}`)).body, /Campaign not found/)
    await call('moved', { token: 'another-token-0123456789' })
  })

  it('answers wrong calls in words and never fails', async () => {
    await campaign('hostile', [shows('show_html', '{keyword}')])
    const send = async (body: string, type = 'application/x-www-form-urlencoded', method = 'POST') => {
      const reply = await yard.send('/click_api/v3', { method, body, headers: { 'content-type': type } })
      assert.ok(reply.status === 200 || reply.status === 413, `${reply.status} for ${body.slice(0, 50)}`)
      return reply
    }
    const error = async (body: string, type?: string) =>
      z.object({ error: z.string() }).parse(JSON.parse((await send(body, type)).body)).error
    assert.equal(await error('token=nobody'), 'Campaign not found')
    assert.match(await error(''), /token is missing/)
    assert.match(await error('{"token":', 'application/json'), /not a JSON object/)
    assert.match(await error('[1]', 'application/json'), /not a JSON object/)
    assert.match(await error(`token=${token('hostile')}&keyword=${'x'.repeat(200_000)}`), /longer than/)
    assert.equal(await error('{"token":{"a":1}}', 'application/json'), 'token is missing: send that of the campaign')
    const strange = [
      'ip=999.1.1.1',
      'ip[]=1',
      'ip=::1',
      'ip=1.2.3.4,5.6.7.8',
      'original_headers[__proto__]=1',
      'original_headers[Cookie]=%0d%0a',
    ]
    for (const text of [
      ...strange,
      'ua=%00%ff',
      'language=%F0%9F',
      'sub_id=%00&_token=..',
      '__proto__=1',
      'offer_id=NaN',
      'kversion=',
    ]) {
      const { body } = await send(`token=${token('hostile')}&info=1&log=1&keyword=%3Cscript%3E&${text}`)
      assert.equal(answerShape.parse(JSON.parse(body)).body, '&lt;script&gt;', text)
    }
    assert.equal((await yard.send('/click_api/v3', { method: 'PUT' })).status, 405)
    assert.equal((await yard.send('/click_api/v3', { method: 'OPTIONS' })).status, 204)
    assert.equal((await yard.send('/click_api/v9')).status, 404)
    let refused = 0
    for (let i = 0; i < 320; i++) if ((await yard.send(`/click_api/v3?token=guess${i}`)).status === 429) refused++
    assert.ok(refused > 0 && refused < 40, `${refused} guesses were refused`)
    // Guessing costs nobody who has the token.
    await call('hostile')
    assert.equal(await yard.metric('trackyard_failures_total').then((count) => count || 0), 0)
  })
})
