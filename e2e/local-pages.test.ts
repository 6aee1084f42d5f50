import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { z } from 'zod'
import { zipOf } from '../packages/server/src/backend/files/testing.ts'
import { NO_BROWSER, startBrowser } from './browser.ts'
import { create, startYard, type Yard } from './harness.ts'
import { createCampaign, createOffer, untilLive } from './sample.ts'

const PAGE = `<!doctype html><html><head><title>{keyword}</title><link rel="stylesheet" href="css/a.css"></head>
<body><a href="#more">More</a> <a href="{offer}">Buy</a><img src="img/dot.png"></body></html>`
const FILES = { 'site/index.html': PAGE, 'site/css/a.css': 'body{}', 'site/img/dot.png': Buffer.from('0123456789') }
const landingAnswer = z.object({ local_path: z.string(), files: z.object({ folder: z.string(), version: z.string() }) })

let yard: Yard
before(async () => {
  yard = await startYard({ env: { TRACKYARD_LOG_LEVEL: 'error', TRACKYARD_API_DIALECT: 'modern' } })
})
after(() => yard?.dispose())

const archive = (files: Readonly<Record<string, string | Buffer>>): string => zipOf(files).toString('base64')

async function createLocal(alias: string): Promise<{ id: number; folder: string; version: string }> {
  const id = await create(yard, '/landing_pages', { name: alias, archive: archive(FILES) })
  const offer = await createOffer(yard, `${alias}-offer`)
  await createCampaign(yard, alias, [{ landings: [{ landing_id: id }], offers: [{ offer_id: offer }] }], {
    parameters: { keyword: { name: 'q' } },
  })
  const { files } = landingAnswer.parse(await yard.api('GET', `/landing_pages/${id}`))
  return { id, ...files }
}

const TALL = '<div style="height:3000px"></div>'
const LONG_PAGE = `<!doctype html><html><head><link rel="stylesheet" href="css/a.css"></head><body>
<a id="to-id" href="#more">1</a> <a id="to-name" href="#old">2</a> <a id="to-cyrillic" href="#далее">3</a>
<a id="to-top" href="#">4</a> <a id="own" href="#more" onclick="return false">5</a>
<map name="m"><area id="on-map" href="#more" shape="default"></map>
<form id="order" action="{offer}" method="post"><input name="phone" value="1"><button>Order</button></form>
${TALL}<h2 id="more">More</h2>${TALL}<a name="old"></a>${TALL}<h2 id="далее">Далее</h2><a id="again" href="#more">6</a>${TALL}
<script>fetch('data.json').then(function (r) { return r.json() }).then(function (d) { document.title = d.title })</script>
</body></html>`

describe('a page in a browser', { skip: NO_BROWSER, timeout: 60_000 }, () => {
  it('finds its files, keeps its anchors, and leads a form to the offer', async () => {
    const files = { 'index.html': LONG_PAGE, 'css/a.css': 'h2{color:rgb(1,2,3)}', 'data.json': '{"title":"Found"}' }
    const id = await create(yard, '/landing_pages', { name: 'Long', archive: archive(files) })
    const offer = await create(yard, '/offers', {
      ...{
        name: 'Thanks',
        offer_type: 'action',
        action_type: 'show_html',
        action_payload: '<h1>Thanks {keyword}</h1>',
      },
    })
    await createCampaign(yard, 'long', [{ landings: [{ landing_id: id }], offers: [{ offer_id: offer }] }])
    const browser = await startBrowser()
    try {
      const page = await browser.newPage()
      const errors: string[] = []
      page.on('pageerror', (error) => errors.push(error.message))
      let loads = 0
      page.on('request', (request) => (loads += Number(request.isNavigationRequest())))
      const address = `${yard.base.origin}/long?keyword=tea`
      await page.goto(address)
      await page.waitForFunction('document.title === "Found"')
      assert.equal(await page.evaluate('getComputedStyle(document.getElementById("more")).color'), 'rgb(1, 2, 3)')
      const heights: Record<string, number> = {}
      // The second time there is nothing new in the address, and yet the page goes there.
      for (const link of [
        'to-id',
        'to-name',
        'to-name',
        'to-cyrillic',
        'to-cyrillic',
        'again',
        'to-top',
        'own',
        'on-map',
      ]) {
        await page.evaluate(`scrollTo(0, 0); document.getElementById("${link}").click()`)
        heights[link] = await page.evaluate('Math.round(scrollY / 1000)')
        assert.equal(page.url().split('#')[0], address, link)
      }
      assert.deepEqual(heights, {
        'to-id': 3,
        'to-name': 6,
        'to-cyrillic': 9,
        again: 3,
        'to-top': 0,
        own: 0,
        'on-map': 3,
      })
      assert.deepEqual([loads, errors], [1, []])
      await page.click('#order button')
      await page.waitForSelector('h1')
      assert.equal(await page.textContent('h1'), 'Thanks tea')
    } finally {
      await browser.close()
    }
  })
})

describe('pages uploaded as ZIP', () => {
  it('are shown, lead to the offer, and are counted', async () => {
    const { folder, version } = await createLocal('quiz')
    const click = await yard.send('/quiz?q=%3Cscript%3Ealert(1)%3C/script%3E')
    assert.equal(click.status, 200)
    assert.equal(click.headers['content-type'], 'text/html; charset=utf-8')
    assert.match(click.body, /<title>&lt;script&gt;/)
    const base = /<base href="([^"]+)">/.exec(click.body)?.[1] ?? ''
    assert.equal(base, `//${yard.base.host}/lander/${folder}/~${version}/`)
    const link = /href="(http[^"]+)"/.exec(click.body)?.[1] ?? ''
    const { pathname, search } = new URL(link)
    const passed = await yard.send(pathname + search)
    assert.equal(passed.status, 302)
    assert.equal(new URL(passed.location).host, 'quiz-offer.example')
    await yard.waitUntilStored()
    const report = await yard.api('POST', '/report/build', {
      range: { interval: 'all_time' },
      filters: [{ name: 'campaign', operator: 'EQUALS', expression: 'quiz' }],
      grouping: ['landing', 'offer'],
      metrics: ['clicks', 'lp_views', 'lp_clicks'],
    })
    assert.partialDeepStrictEqual(report, {
      total: 1,
      rows: [{ landing: 'quiz', offer: 'quiz-offer', clicks: 1, lp_views: 1, lp_clicks: 1 }],
    })
  })

  it('have their files served with ranges and tags, and nothing else', async () => {
    const { folder, version } = await createLocal('assets')
    const at = `/lander/${folder}`
    const image = await yard.send(`${at}/~${version}/img/dot.png`)
    assert.equal(image.body, '0123456789')
    assert.partialDeepStrictEqual(image.headers, {
      'content-type': 'image/png',
      'cache-control': 'public, max-age=31536000, immutable',
      'x-content-type-options': 'nosniff',
      'accept-ranges': 'bytes',
      'content-length': '10',
    })
    assert.equal(image.headers['set-cookie'], undefined)
    const etag = image.headers.etag ?? ''
    const get = (headers: Record<string, string>, method = 'GET') => yard.send(`${at}/img/dot.png`, { headers, method })
    assert.equal((await get({})).headers['cache-control'], 'no-cache')
    assert.equal((await get({ 'if-none-match': `W/"x", W/${etag}` })).status, 304)
    const ranges: readonly (readonly [string, number, string, string | undefined])[] = [
      ['bytes=2-4', 206, '234', 'bytes 2-4/10'],
      ['bytes=8-', 206, '89', 'bytes 8-9/10'],
      ['bytes=-3', 206, '789', 'bytes 7-9/10'],
      ['bytes=5-99', 206, '56789', 'bytes 5-9/10'],
      ['bytes=10-', 416, '', 'bytes */10'],
      ['bytes=-0', 416, '', 'bytes */10'],
      ['bytes=4-2', 200, '0123456789', undefined],
      ['bytes=0-1,3-4', 200, '0123456789', undefined],
      ['lines=1-2', 200, '0123456789', undefined],
    ]
    for (const [range, status, body, contentRange] of ranges) {
      const reply = await get({ range })
      assert.deepEqual([reply.status, reply.body, reply.headers['content-range']], [status, body, contentRange], range)
    }
    assert.equal((await get({ range: 'bytes=0-1', 'if-range': '"other"' })).status, 200)
    assert.equal((await get({ range: 'bytes=0-1', 'if-range': etag })).status, 206)
    const head = await get({}, 'HEAD')
    assert.deepEqual([head.status, head.body, head.headers['content-length']], [200, '', '10'])
    assert.equal((await get({}, 'POST')).status, 405)
    assert.equal((await yard.send(at)).location, `${at}/`)
    assert.match((await yard.send(`${at}/`)).body, /href="\{offer\}"/)
    const secrets = join(yard.dataDir, 'config.sqlite')
    for (const path of [
      '/img',
      '/img/',
      '/none.png',
      '/../../config.sqlite',
      '/%2e%2e/%2e%2e/config.sqlite',
      '/..%2f..%2fconfig.sqlite',
      '/..%5c..%5cconfig.sqlite',
      `/${secrets}`,
      '//etc/passwd',
      '/%00',
      '/%',
      '/img/%2e%2e/%2e%2e/x',
      '/.git/config',
      '/~0000000000000000/../../x',
      `/~${version}/~${version}/index.html`,
    ])
      assert.equal((await yard.send(at + path)).status, 404, path)
    for (const path of ['/lander/', '/lander/none/', '/lander/../config.sqlite', '/lander/..%2f/x'])
      assert.equal((await yard.send(path)).status, 404, path)
  })

  it('change at once, and pages loaded before still find their files', async () => {
    const { id, folder, version } = await createLocal('edited')
    await yard.api('PUT', `/landing_pages/${id}/update_file`, { path: 'css/a.css', data: 'b{}' })
    await untilLive(yard)
    const old = await yard.send(`/lander/${folder}/~${version}/css/a.css`)
    assert.deepEqual([old.body, old.headers['cache-control']], ['b{}', 'no-cache'])
    assert.doesNotMatch((await yard.send('/edited')).body, new RegExp(`~${version}/`))
    await yard.api('PUT', `/landing_pages/${id}`, { archive: archive({ 'index.html': 'anew' }) })
    await untilLive(yard)
    assert.match((await yard.send('/edited')).body, /anew$/)
  })

  it('may be offers, too', async () => {
    const offer = await create(yard, '/offers', { name: 'Local', archive: archive({ 'index.html': 'Order {subid}' }) })
    await createCampaign(yard, 'shop', [{ offers: [{ offer_id: offer }] }])
    const { body, cookies } = await yard.send('/shop')
    assert.ok(body.endsWith(`Order ${cookies._subid}`))
  })

  it('whose files are gone cost the visitor the page and nobody else anything', async () => {
    const { folder } = await createLocal('lost')
    rmSync(join(yard.dataDir, 'files', folder), { recursive: true })
    const missing = await yard.send('/lost')
    assert.deepEqual([missing.status, missing.body], [200, ''])
    assert.equal(await yard.metric('trackyard_missing_pages_total'), 1)
    assert.match(yard.output, /an uploaded page cannot be read/)
    assert.equal((await yard.send('/quiz')).status, 200)
  })
})
