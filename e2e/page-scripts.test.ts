import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import { after, before, describe, it } from 'node:test'
import { gzipSync } from 'node:zlib'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { z } from 'zod'
import { NO_BROWSER, startBrowser } from './browser.ts'
import { create, freePort, POSTBACK_KEY, startYard, type Yard } from './harness.ts'
import { clicksOf, createCampaign, createOffer } from './sample.ts'

const CSP = 'csp'
let yard: Yard
let browser: Browser
let server: Server
let site = ''
/** Pages of the site by path. `headers` are sent with them. */
const pages = new Map<string, string>()

before(async () => {
  if (NO_BROWSER) return
  yard = await startYard({ env: { TRACKYARD_LOG_LEVEL: 'warn' } })
  const port = await freePort()
  // The yard is 127.0.0.1: for a browser another site altogether.
  site = `http://localhost:${port}`
  server = createServer((request, response) => {
    const path = request.url?.split('?')[0] ?? ''
    const page = pages.get(path)
    response.writeHead(page === undefined ? 404 : 200, {
      'content-type': path.endsWith('.js') ? 'application/javascript' : 'text/html; charset=utf-8',
      ...(path.includes(CSP)
        ? {
            'content-security-policy': `default-src 'none'; script-src ${yard.base.origin} 'self'; connect-src ${yard.base.origin}`,
          }
        : {}),
    })
    response.end(page ?? '')
  })
  await new Promise<void>((resolve) => server.listen(port, 'localhost', resolve))
  browser = await startBrowser()
})
after(async () => {
  await browser?.close()
  server?.close()
  await yard?.dispose()
})

/** A visitor with a fresh browser. Whatever the console calls an error fails the test. */
async function visitor(run: (page: Page, context: BrowserContext, errors: string[]) => Promise<void>): Promise<void> {
  const context = await browser.newContext()
  const errors: string[] = []
  try {
    const page = await context.newPage()
    page.on('console', (message) => {
      if (message.type() === 'error' && !/favicon/.test(message.location().url)) errors.push(message.text())
    })
    page.on('pageerror', (error) => errors.push(error.message))
    await run(page, context, errors)
    assert.deepEqual(errors, [])
  } finally {
    await context.close()
  }
}

const html = (head: string, body = ''): string =>
  `<!doctype html><html><head><title>Shoes</title>${head}</head><body><h1>Host</h1>${body}</body></html>`

const campaignUrl = (alias: string): string => `${yard.base.origin}/${alias}`
const postbackUrl = (): string => `${yard.base.origin}/${POSTBACK_KEY}/postback`

/** The loader as sites carry it. */
const loader = (alias: string, more = '', script = ' async'): string => `<script>
window.KTracking = { collectNonUniqueClicks: false, multiDomain: false, R_PATH: '${campaignUrl(alias)}', P_PATH: '${postbackUrl()}', listeners: [],
  reportConversion: function () { this.queued = arguments }, getSubId: function (fn) { this.listeners.push(fn) }, ready: function (fn) { this.listeners.push(fn) }, ...{${more}} };
</script><script src="${yard.base.origin}/js/k.min.js"${script}></script>`

/** The loader of sites with the page script, as they are pasted. */
const pageLoader = (alias: string, unique = true): string => `<script>
(function () {
  window.KShop = { P_PATH: '${postbackUrl()}' }
  var query = location.search.slice(1)
  var url = '${campaignUrl(alias)}?return=js.client&' + query + '&se_referrer=' + encodeURIComponent(document.referrer) +
    '&default_keyword=' + encodeURIComponent(document.title) + '&landing_url=' + encodeURIComponent(location.host + location.pathname) +
    '&name=KShop&host=' + encodeURIComponent('${campaignUrl(alias)}')
  if (${unique} && localStorage.getItem('subId')) url += '&sub_id=' + localStorage.getItem('subId') + '&token=' + localStorage.getItem('token')
  var script = document.createElement('script'); script.src = url; document.head.appendChild(script)
})()
</script>`

const storage = (page: Page, key: string): Promise<string> =>
  page.evaluate((name) => localStorage.getItem(name) ?? '', key)
/** Polls: waitForFunction needs eval, which a strict policy refuses. */
async function until(page: Page, expression: string): Promise<void> {
  await yard.until(expression, 5000, async () => Boolean(await page.evaluate(expression)))
}

const logRows = z.object({ rows: z.array(z.record(z.string(), z.unknown())) })
async function clickOf(subId: string, columns: readonly string[]) {
  await yard.waitUntilStored()
  const answer = await yard.api('POST', '/clicks/log', {
    range: { interval: 'all_time' },
    filters: [{ name: 'sub_id', operator: 'EQUALS', expression: subId }],
    columns,
  })
  return logRows.parse(answer).rows[0]
}

describe('scripts in pages of other sites', { skip: NO_BROWSER, timeout: 120_000 }, () => {
  it('k.min.js is small, cacheable and readable from everywhere', async () => {
    for (const [path, limit] of [
      ['/js/k.min.js', 4096],
      ['/js/adapter.min.js', 4096],
    ] as const) {
      const reply = await yard.send(path)
      assert.ok(gzipSync(reply.body).length < limit, `${path}: ${gzipSync(reply.body).length}`)
      assert.doesNotMatch(reply.body, /\beval\b|new Function|^\s*\/\//m)
      const { 'cache-control': caching, 'access-control-allow-origin': origin, etag } = reply.headers
      assert.match(String(caching), /^public, max-age=3600/)
      assert.equal(origin, '*')
      assert.equal((await yard.send(path, { headers: { 'if-none-match': String(etag) } })).status, 304)
      assert.equal(
        (await yard.send(path, { headers: { 'accept-encoding': 'gzip' } })).headers['content-encoding'],
        'gzip',
      )
      assert.equal((await yard.send(path, { method: 'HEAD' })).body, '')
      assert.equal((await yard.send(path, { method: 'POST' })).status, 405)
    }
  })

  it('tracking: a visit is a click, its conversion is in the report, its sub ids can be changed', async () => {
    const offer = await createOffer(yard, 'tracked')
    await createCampaign(yard, 'track', [{ offers: [{ offer_id: offer }] }])
    const waiting = `<a id="a" href="{offer}">x</a><a id="b" href="http://{offer:${offer}}">x</a><a id="c" href="https://x.example/?s={subid}">x</a>`
    pages.set(
      '/track',
      html(loader('track'), `${waiting}<script>KTracking.reportConversion(7.5, 'sale', { tid: 'early' })</script>`),
    )
    await visitor(async (page, context) => {
      await page.goto(`${site}/track?keyword=boots&sub_id_1=north`)
      await until(page, "KTracking.getToken && KTracking.getSubId() !== ''")
      const subId = await page.evaluate(
        'new Promise((done) => KTracking.getSubId((id, token) => done(id + (token ? "" : "!"))))',
      )
      assert.match(String(subId), /^[a-z0-9]{17}$/)
      assert.equal(await storage(page, 'subId'), subId)
      const cookies = new Map(
        (await context.cookies(site)).map(({ name, value, domain }) => [name, `${domain} ${value}`]),
      )
      assert.equal(cookies.get('_subid'), `localhost ${subId}`)
      const token = await storage(page, 'token')
      const link = `${yard.base.origin}/?_lp=1&_token=${token}`
      assert.deepEqual(
        await page.evaluate("['a', 'b', 'c'].map((id) => document.getElementById(id).getAttribute('href'))"),
        [link, `${link}&offer_id=${offer}`, `https://x.example/?s=${subId}`],
      )
      assert.equal(
        await page.evaluate("KTracking.reportConversion(12.5, 'sale', { tid: 'early' }).then((reply) => reply.status)"),
        200,
      )
      assert.equal(await page.evaluate("KTracking.update({ sub_id_2: 'seen' }).then((reply) => reply.status)"), 200)
      // The visit goes on: no new click, and what listened late is told at once.
      pages.set('/track/more', html(loader('track')))
      await page.goto(`${site}/track/more`)
      await until(page, `KTracking.getToken && KTracking.getSubId() === '${subId}'`)
      const row = await clickOf(String(subId), [
        'keyword',
        'sub_id_1',
        'sub_id_2',
        'referrer',
        'sale_revenue',
        'landing_clicked',
      ])
      assert.deepEqual(row, {
        keyword: 'boots',
        sub_id_1: 'north',
        sub_id_2: 'seen',
        referrer: '',
        sale_revenue: 12.5,
        landing_clicked: false,
      })
      assert.equal(await clicksOf(yard, 'track'), 1)
    })
  })

  it('tracking: every visit counts when it is to, and who comes from the tracker is a click already', async () => {
    await createCampaign(yard, 'every', [{ schema: 'action', action_type: 'show_html', action_payload: 'not shown' }])
    pages.set('/every', html(loader('every', 'collectNonUniqueClicks: true', '')))
    await visitor(async (page) => {
      const ids = new Set<unknown>()
      for (let i = 0; i < 3; i++) {
        await page.goto(`${site}/every`)
        await until(page, "KTracking.getSubId() !== ''")
        ids.add(await storage(page, 'subId'))
        assert.equal(await page.textContent('body'), 'Host')
      }
      assert.equal(ids.size, 3)
      await page.goto(`${site}/every?_subid=abc123def456g&_token=v1.k.x.y`)
      assert.equal(await page.evaluate('KTracking.getSubId()'), 'abc123def456g')
      await yard.waitUntilStored()
      assert.equal(await clicksOf(yard, 'every'), 3)
    })
  })

  it('tracking: subdomains share the click when they are to', async () => {
    await createCampaign(yard, 'shared', [{ schema: 'action', action_type: 'do_nothing' }])
    pages.set('/shared', html(loader('shared', 'multiDomain: true')))
    const on = (host: string) => `${site.replace('localhost', host)}/shared`
    await visitor(async (page) => {
      const seen = async (url: string): Promise<string> => {
        await page.goto(url)
        await until(page, "KTracking.getToken && KTracking.getSubId() !== ''")
        return String(await page.evaluate('KTracking.getSubId() + KTracking.getToken().length'))
      }
      const first = await seen(on('pay.shop.localhost'))
      assert.equal(await seen(on('www.shop.localhost')), first)
      assert.equal(await seen(on('shop.localhost')), first)
      assert.notEqual(await seen(on('another.localhost')), first)
    })
  })

  it('tracking works under a strict policy, without a loader, and whenever it is loaded', async () => {
    await createCampaign(yard, 'whenever', [{ schema: 'action', action_type: 'do_nothing' }])
    const tag = (more: string) =>
      `<script src="${yard.base.origin}/js/k.min.js" data-campaign="${campaignUrl('whenever')}" data-postback="${postbackUrl()}"${more}></script>`
    pages.set(`/${CSP}`, html(tag(' defer')))
    const later = `<script>setTimeout(function () { var s = document.createElement('script'); s.src = '${yard.base.origin}/js/k.min.js'; document.body.append(s) }, 300)</script>`
    pages.set(
      '/later',
      html(loader('whenever').replace(/<script src=.*$/s, ''), `<a id="a" href="{offer}">x</a>${later}`),
    )
    pages.set('/blocking', html(loader('whenever', '', '')))
    for (const path of [`/${CSP}`, '/later', '/blocking']) {
      await visitor(async (page) => {
        await page.goto(site + path)
        await until(page, "window.KTracking && KTracking.getToken && KTracking.getSubId() !== ''")
        if (path === '/later') assert.match((await page.getAttribute('#a', 'href')) ?? '', /_lp=1&_token=v1/)
        const sent = await page.evaluate("KTracking.reportConversion(1, 'lead').then((reply) => reply.text())")
        assert.equal(sent, 'Success')
      })
    }
    // A browser without scripts asks for a picture.
    const pixel = await yard.send('/whenever?return=pixel')
    assert.deepEqual([pixel.status, pixel.headers['content-type']], [200, 'image/gif'])
    const image = await yard.send('/whenever', { headers: { accept: 'image/avif,image/webp,*/*' } })
    assert.equal(image.headers['content-type'], 'image/gif')
    await yard.waitUntilStored()
    assert.equal(await clicksOf(yard, 'whenever'), 5)
  })

  it('scripts work in frames that are refused cookies and storage', async () => {
    await createCampaign(yard, 'boxed', [{ schema: 'action', action_type: 'do_nothing' }])
    const adapter = `<script src="${yard.base.origin}/js/adapter.min.js"></script>`
    pages.set('/boxed', html(loader('boxed') + pageLoader('boxed', false) + adapter))
    pages.set('/box', html('', '<iframe sandbox="allow-scripts" src="/boxed"></iframe>'))
    await visitor(async (page) => {
      await page.goto(`${site}/box`)
      const seen = "window.KShop && KShop.subId && KTracking.getToken && KTracking.getSubId() && KAdapter.subId === ''"
      const inside = page.frames()[1]
      assert.ok(inside)
      await yard.until(seen, 5000, async () => Boolean(await inside.evaluate(seen)))
    })
  })

  it('what is only counted is shown nothing, reaches no offer and earns nothing; explain says so', async () => {
    const paid = { payout_type: 'CPC', payout_value: 0.5, payout_auto: false }
    const offer = await createOffer(yard, 'counted', paid)
    const story = { name: 'Story', landing_type: 'external', action_payload: 'https://story.example/' }
    const landing = await create(yard, '/landing_pages', story)
    await createCampaign(yard, 'counted', [
      {
        filters: [{ name: 'keyword', payload: ['lp'] }],
        landings: [{ landing_id: landing }],
        offers: [{ offer_id: offer }],
      },
      { filters: [{ name: 'keyword', payload: ['go'] }], schema: 'redirect', action_payload: 'https://to.example/' },
      { offers: [{ offer_id: offer }] },
    ])
    const told = z.object({ summary: z.string(), came_by: z.string(), dead_end: z.string().nullable() }).loose()
    const explain = async (subId: string) => told.parse(await yard.api('GET', `/clicks/${subId}/explain`))
    for (const keyword of ['lp', 'go', 'x']) {
      const json = await yard.send(`/counted?return=json&keyword=${keyword}`)
      const { sub_id: counted, token } = z
        .object({ sub_id: z.string(), token: z.string() })
        .parse(JSON.parse(json.body))
      const pixel = (await yard.send(`/counted?return=pixel&keyword=${keyword}`)).cookies._subid ?? ''
      for (const subId of [counted, pixel]) {
        const row = await clickOf(subId, ['landing_id', 'offer_id', 'destination', 'sale_revenue'])
        assert.deepEqual(Object.values(row ?? {}).filter(Boolean), [], `${keyword}: ${JSON.stringify(row)}`)
        const { summary, came_by: way, dead_end: deadEnd } = await explain(subId)
        assert.match(summary, /which counts the visit of a page: a tracking script or a pixel shows nothing/)
        assert.deepEqual([way, deadEnd], ['visit', null])
      }
      if (keyword === 'go') continue
      // Its links lead on all the same.
      assert.match((await yard.send(`/?_lp=1&_token=${token}`)).location, /^https:\/\/counted\.example/)
      await yard.waitUntilStored()
      assert.match((await explain(counted)).summary, /The visitor went on to offer \d+ \(counted\)/)
      assert.deepEqual(await clickOf(counted, ['sale_revenue']), { sale_revenue: 0.5 })
    }
  })

  it('page script: the page may have a parameter of its own that is called return', async () => {
    await createCampaign(yard, 'cart', [
      { schema: 'action', action_type: 'show_html', action_payload: '<p id="p">In</p>' },
    ])
    pages.set('/cart', html(pageLoader('cart', false)))
    await visitor(async (page) => {
      for (const query of ['return=/cart', 'return=', 'return=js']) {
        await page.goto(`${site}/cart?${query}&keyword=boots`)
        await page.waitForSelector('#p')
      }
    })
  })

  it('page script: keeps the click, fills links (those added later too), reports and updates', async () => {
    const offer = await createOffer(yard, 'shop')
    await createCampaign(yard, 'page', [{ offers: [{ offer_id: offer }] }])
    pages.set('/page', html(pageLoader('page'), '<a id="a" href="{offer}">x</a>'))
    await visitor(async (page) => {
      await page.goto(`${site}/page?sub_id_3=south`)
      await until(page, 'window.KShop && KShop.subId')
      const subId = await storage(page, 'subId')
      const token = await storage(page, 'token')
      assert.equal(await page.getAttribute('#a', 'href'), `${yard.base.origin}/?_lp=1&_token=${token}`)
      const config = z
        .object({ created_at: z.number() })
        .loose()
        .parse(JSON.parse(await storage(page, 'config')))
      assert.ok(Math.abs(config.created_at - Date.now() / 1000) < 60)
      assert.equal(await page.evaluate("KShop.reportConversion(3, 'lead').then((reply) => reply.status)"), 200)
      await page.reload()
      await until(page, 'window.KShop && KShop.subId')
      assert.equal(await storage(page, 'subId'), subId)
      await page.evaluate('document.body.insertAdjacentHTML(\'beforeend\', \'<a id="late" href="{offer}">y</a>\')')
      await page.route('https://shop.example/**', (route) => route.fulfill({ body: 'the shop' }))
      await page.click('#late')
      await page.waitForURL(`https://shop.example/?c=${subId}`)
      const row = await clickOf(subId, ['sub_id_3', 'keyword', 'landing_clicked', 'offer', 'is_lead'])
      assert.deepEqual(row, {
        sub_id_3: 'south',
        keyword: 'Shoes',
        landing_clicked: true,
        offer: 'shop',
        is_lead: true,
      })
      assert.equal(await clicksOf(yard, 'page'), 1)
    })
  })

  it('page script: redirects, shows pages, and does nothing, as the stream says', async () => {
    const campaign = (alias: string, stream: object) => createCampaign(yard, alias, [stream])
    await campaign('js-to', {
      schema: 'redirect',
      action_type: 'http',
      action_payload: 'https://to.example/?c={subid}',
    })
    await campaign('js-html', {
      schema: 'action',
      action_type: 'show_html',
      action_payload: '<!doctype html><title>New</title><p id="p">Instead</p><script>window.ran = 1</script>',
    })
    await campaign('js-text', { schema: 'action', action_type: 'show_text', action_payload: '<b>&' })
    await campaign('js-off', { schema: 'action', action_type: 'do_nothing' })
    for (const alias of ['js-to', 'js-html', 'js-text', 'js-off'])
      pages.set(`/${alias}`, html(pageLoader(alias, false)))
    await visitor(async (page) => {
      await page.route('https://to.example/**', (route) => route.fulfill({ body: 'there' }))
      await page.goto(`${site}/js-to`)
      await page.waitForURL(/^https:\/\/to\.example\/\?c=[a-z0-9]{17}$/)
      await page.goto(`${site}/js-html`)
      await page.waitForSelector('#p')
      assert.deepEqual([await page.title(), await page.evaluate('window.ran')], ['New', 1])
      await page.goto(`${site}/js-text`)
      await until(page, "document.body.textContent === '<b>&'")
      await page.goto(`${site}/js-off`)
      await until(page, 'window.KShop && KShop.subId')
      assert.equal(await page.textContent('h1'), 'Host')
    })
    // A campaign that is off must not fill the console of every page.
    await createCampaign(yard, 'js-none', [], { state: 'disabled' })
    pages.set('/js-none', html(pageLoader('js-none')))
    await visitor(async (page) => void (await page.goto(`${site}/js-none`, { waitUntil: 'networkidle' })))
  })

  it('page script: only what the tracker knows goes into it', async () => {
    await createCampaign(yard, 'names', [{ schema: 'action', action_type: 'do_nothing' }])
    const nameOf = async (query: string) => (await yard.send(`/names?return=js.client&${query}`)).body
    assert.match(await nameOf('name=KShop'), /"name":"KShop"/)
    for (const name of ['a;alert(1)', '"><script>', 'document', '__proto__', 'a b'])
      assert.match(await nameOf(`name=${encodeURIComponent(name)}`), /"name":""/, name)
    assert.match(
      await nameOf(`host=${encodeURIComponent('https://evil.example/x')}`),
      /"tracker":"http:\/\/127\.0\.0\.1:\d+"/,
    )
    assert.match(await nameOf(`host=${encodeURIComponent(`https://${yard.base.host}/x`)}`), /"tracker":"https:\/\/127/)
  })

  it('a campaign in a script tag, an image or a frame of another page', async () => {
    const show = (alias: string, action_payload: string) =>
      createCampaign(yard, alias, [{ schema: 'action', action_type: 'show_html', action_payload }])
    await show('banner', '<b id="banner">Sale</b><script>window.banner = 1</script>')
    await createCampaign(yard, 'away', [
      { schema: 'redirect', action_type: 'meta', action_payload: 'https://to.example/{subid}' },
    ])
    const tag = (alias: string, more = '') => `<script src="${campaignUrl(alias)}?return=js"${more}></script>`
    pages.set('/sync', html('', `<div id="place">${tag('banner')}</div>`))
    pages.set('/head', html(tag('banner', ' async')))
    pages.set('/away', html('', tag('away')))
    pages.set(
      '/frame',
      html('', `<iframe src="${campaignUrl('banner')}"></iframe><img src="${campaignUrl('banner')}">`),
    )
    await visitor(async (page) => {
      await page.route('https://to.example/**', (route) => route.fulfill({ body: 'there' }))
      await page.goto(`${site}/sync`)
      assert.equal(await page.textContent('#place #banner'), 'Sale')
      assert.equal(await page.evaluate('window.banner'), 1)
      await page.goto(`${site}/head`)
      await page.waitForSelector('#banner')
      await page.goto(`${site}/away`)
      await page.waitForURL(/^https:\/\/to\.example\/[a-z0-9]{17}$/)
      await page.goto(`${site}/frame`)
      assert.equal(await page.frameLocator('iframe').locator('#banner').textContent(), 'Sale')
      assert.equal(await page.evaluate("document.querySelector('img').naturalWidth"), 1)
    })
  })

  it('adapter: finds the click of a landing page and leads on', async () => {
    const offer = await createOffer(yard, 'adapted')
    await createCampaign(yard, 'adapt', [{ offers: [{ offer_id: offer }] }])
    const adapter = `<script src="${yard.base.origin}/js/adapter.min.js" data-subid="{subid}" data-token="{token}" data-postback="${postbackUrl()}"></script>`
    pages.set(
      '/lp',
      html(
        adapter,
        `<a id="a" href="{offer}">x</a><a id="b" href="//${yard.base.host}/?_lp=1&offer_id=5#x">y</a><a id="c" href="#top">z</a>`,
      ),
    )
    const json = z.object({ sub_id: z.string(), token: z.string() })
    const click = json.parse(JSON.parse((await yard.send('/adapt?return=json')).body))
    await visitor(async (page, context) => {
      await page.goto(`${site}/lp`)
      assert.equal(await page.evaluate('KAdapter.subId'), '')
      await page.goto(`${site}/lp?_subid=${click.sub_id}&_token=${click.token}`)
      const hrefs = "['a', 'b', 'c'].map((id) => document.getElementById(id).getAttribute('href'))"
      assert.deepEqual(await page.evaluate(hrefs), [
        `${yard.base.origin}/?_lp=1&_token=${click.token}`,
        `//${yard.base.host}/?_lp=1&offer_id=5&_token=${click.token}#x`,
        '#top',
      ])
      // The next page of the site has no parameters any more.
      await page.goto(`${site}/lp`)
      assert.equal(await page.evaluate('KAdapter.getSubId()'), click.sub_id)
      assert.ok((await context.cookies(site)).some(({ name, value }) => name === 'subid' && value === click.sub_id))
      assert.equal(await page.evaluate("KAdapter.reportConversion(2, 'sale').then((reply) => reply.text())"), 'Success')
    })
    assert.deepEqual(await clickOf(click.sub_id, ['is_sale']), { is_sale: true })
  })

  it('the snippets of the Admin API work as they are pasted', async () => {
    const offer = await createOffer(yard, 'pasted')
    const id = await createCampaign(yard, 'pasted', [{ offers: [{ offer_id: offer }] }])
    const bannerId = await createCampaign(yard, 'pasted-banner', [
      { schema: 'action', action_type: 'show_html', action_payload: '<b id="banner">{keyword}</b>' },
    ])
    const ask = async (campaign: number): Promise<Map<string, string>> => {
      const answer = await yard.api('GET', `/campaigns/${campaign}/snippets?origin=${yard.base.origin}`)
      const shape = z.array(z.object({ key: z.string(), code: z.string() }))
      return new Map(shape.parse(answer).map(({ key, code }) => [key, code]))
    }
    const [snippets, banner] = [await ask(id), await ask(bannerId)]
    const code = (key: string, of = snippets): string => of.get(key) ?? ''
    pages.set('/s-track', html(code('tracking_script'), code('tracking_conversion')))
    pages.set('/s-page', html(code('js_client'), '<a id="a" href="{offer}">x</a>'))
    pages.set('/s-frame', html('', code('iframe', banner)))
    pages.set('/s-tag', html('', code('script_tag', banner) + code('pixel', banner)))
    pages.set('/s-link', html(code('js_link', banner)))
    await visitor(async (page, context) => {
      await page.goto(`${site}/s-track`)
      await until(page, "KTracking.getToken && KTracking.getSubId() !== ''")
      await context.clearCookies()
      await page.evaluate('localStorage.clear()')
      await page.goto(`${site}/s-page`)
      await until(page, 'window.KClient && KClient.subId')
      assert.match((await page.getAttribute('#a', 'href')) ?? '', /_lp=1&_token=v1/)
      const subId = await page.evaluate('KClient.subId')
      await page.reload()
      await until(page, `KClient.subId === ${JSON.stringify(subId)}`)
      await page.goto(`${site}/s-frame?keyword=boots`)
      assert.equal(await page.frameLocator('iframe').locator('#banner').textContent(), 'boots')
      await page.goto(`${site}/s-tag`)
      await page.waitForSelector('#banner', { state: 'attached' })
      await page.goto(`${site}/s-link?keyword=hats`)
      await page.waitForURL(`${campaignUrl('pasted-banner')}**`)
      assert.equal(await page.textContent('#banner'), 'hats')
    })
    await yard.waitUntilStored()
    assert.equal(await clicksOf(yard, 'pasted'), 2)
    const conversions = z.object({ rows: z.array(z.record(z.string(), z.unknown())) })
    const range = { interval: 'all_time' }
    const log = await yard.api('POST', '/conversions/log', { range, columns: ['tid', 'revenue'] })
    assert.ok(conversions.parse(log).rows.some(({ tid, revenue }) => tid === 'ORDER_ID' && revenue === 9.99))
  })
})
