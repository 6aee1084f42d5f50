import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { gzipSync } from 'node:zlib'
import { z } from 'zod'
import { NO_BROWSER } from './browser.ts'
import { create } from './harness.ts'
import {
  CSP,
  campaignUrl,
  clickOf,
  closePageSite,
  html,
  loader,
  openPageSite,
  pageLoader,
  pages,
  postbackUrl,
  site,
  storage,
  until,
  visitor,
  yard,
} from './page-site.ts'
import { clicksOf, createCampaign, createOffer } from './sample.ts'

describe('tracking scripts in pages of other sites', { skip: NO_BROWSER, timeout: 120_000 }, () => {
  before(openPageSite)
  after(closePageSite)

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
})
