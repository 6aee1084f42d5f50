import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { z } from 'zod'
import { NO_BROWSER } from './browser.ts'
import {
  campaignUrl,
  clickOf,
  closePageSite,
  html,
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

describe('page scripts and what else stands in pages of other sites', { skip: NO_BROWSER, timeout: 120_000 }, () => {
  before(openPageSite)
  after(closePageSite)

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
        `<a id="a" href="{offer}">x</a><a id="b" href="//${yard.base.host}/?_lp=1&offer_id=5#x">y</a><a id="c" href="#top">z</a>
        <form action="{offer}"><input name="sub_id_4" value="typed"><button>Order</button></form>`,
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
      await page.route('https://adapted.example/**', (route) => route.fulfill({ body: 'the offer' }))
      await page.click('button')
      await page.waitForURL('https://adapted.example/**')
    })
    assert.deepEqual(await clickOf(click.sub_id, ['is_sale', 'sub_id_4']), { is_sale: true, sub_id_4: 'typed' })
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
