import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import { after, before, describe, it } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { z } from 'zod'
import { NO_BROWSER, startBrowser } from './browser.ts'
import { create as createEntity, freePort, startYard, type Yard } from './harness.ts'
import { untilLive } from './sample.ts'

/** What the destination saw of a visit. */
interface Seen {
  readonly method: string
  readonly path: string
  readonly referrer: string
  readonly userAgent: string
  readonly body: string
}

let yard: Yard
let browser: Browser
let server: Server
/** Another site than the yard: it holds the pages visitors come from, and those they are sent to. */
let site = ''
const seen: Seen[] = []

const ACTIONS: Readonly<Record<string, object>> = Object.fromEntries(
  'http meta double_meta js blank_referrer formsubmit iframe frame curl js_for_script js_for_iframe'
    .split(' ')
    .map((key) => [key, { action_type: key }]),
)
const PAGES: Readonly<Record<string, object>> = {
  show_html: { action_payload: '<h1>Hello {keyword}</h1><script>document.title = "{keyword}"</script>' },
  show_text: { action_payload: 'Hello {keyword}' },
  build_html: { action_payload: '<h1>Hello {keyword}</h1>' },
  sub_id: {},
  status404: {},
  do_nothing: {},
}
const FAILING: Readonly<Record<string, object>> = {
  silent: { action_type: 'curl', action_payload: '/silent' },
  closed: { action_type: 'remote', action_payload: '/page' },
  instead: { action_type: 'curl', action_payload: '/gone', action_options: { fallback_url: '/dest?c={subid}' } },
}

before(async () => {
  if (NO_BROWSER) return
  yard = await startYard({
    env: { TRACKYARD_LOG_LEVEL: 'error', TRACKYARD_ALLOW_PRIVATE_TARGETS: 'true', TRACKYARD_API_DIALECT: 'modern' },
  })
  const port = await freePort()
  site = `http://localhost:${port}`
  server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', site)
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.once('end', () => {
      if (url.pathname === '/silent') return
      if (url.pathname === '/favicon.ico') return response.writeHead(204).end()
      if (url.pathname === '/gone') return response.writeHead(500).end('An error of others')
      if (!url.pathname.startsWith('/from-'))
        seen.push({
          method: request.method ?? '',
          path: `${url.pathname}${url.search}`,
          referrer: request.headers.referer ?? '',
          userAgent: request.headers['user-agent'] ?? '',
          body: Buffer.concat(chunks).toString('utf8'),
        })
      if (url.pathname === '/where') return response.end(`${site}/dest?k=remote\n`)
      if (url.pathname === '/dot.png') return response.writeHead(200, { 'content-type': 'image/png' }).end(DOT)
      const target = `${yard.base.origin}/${url.searchParams.get('to')}`
      const body: Readonly<Record<string, string>> = {
        '/from-link': `<a href="${target}">Go</a>`,
        '/from-frame': `<iframe src="${target}"></iframe>`,
        '/from-script': `<p id="host">Host</p><script src="${target}"></script>`,
        '/dest': '<h1>Destination {keyword}</h1><img src="dot.png">',
      }
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' })
      response.end(`<!doctype html><html><head><title>T</title></head><body>${body[url.pathname] ?? ''}</body></html>`)
    })
  })
  await new Promise<void>((resolve) => server.listen(port, 'localhost', resolve))
  const parameters = { keyword: { name: 'q' } }
  const destination = `${site}/dest?k={keyword}&x=1`
  for (const [alias, stream] of Object.entries(ACTIONS))
    await create(alias, { schema: 'redirect', action_payload: destination, ...stream }, parameters)
  for (const [alias, stream] of Object.entries(PAGES))
    await create(alias, { schema: 'action', action_type: alias, ...stream }, parameters)
  await create('remote', { schema: 'redirect', action_type: 'remote', action_payload: `${site}/where?k={keyword}` })
  const elsewhere = `${here()}go-show_text?q=top`
  await create('top', { schema: 'redirect', action_type: 'js_for_iframe', action_payload: elsewhere })
  const failing = JSON.parse(JSON.stringify(FAILING).replaceAll('"/', `"${site}/`)) as typeof FAILING
  for (const [alias, stream] of Object.entries(failing)) await create(alias, { schema: 'redirect', ...stream })
  await untilLive(yard)
  browser = await startBrowser()
})
after(async () => {
  await browser?.close()
  server?.closeAllConnections()
  server?.close()
  await yard?.dispose()
})

const DOT = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)

async function create(alias: string, stream: object, parameters: object = {}): Promise<number> {
  const id = await createEntity(yard, '/campaigns', { name: alias, alias: `go-${alias}`, parameters })
  await createEntity(yard, '/streams', { campaign_id: id, ...stream })
  return id
}

/** A visitor with a fresh browser. Whatever the console calls an error fails the test. */
async function visit(from: string, run: (page: Page) => Promise<void>, allowed?: RegExp): Promise<void> {
  const context = await browser.newContext()
  const errors: string[] = []
  seen.length = 0
  try {
    const page = await context.newPage()
    page.on('console', (message) => {
      const isIcon = message.location().url.endsWith('/favicon.ico')
      if (message.type() === 'error' && !isIcon && !allowed?.test(message.text())) errors.push(message.text())
    })
    page.on('pageerror', (error) => errors.push(error.message))
    await page.goto(from)
    await run(page)
    assert.deepEqual(errors, [])
  } finally {
    await context.close()
  }
}

const from = (kind: 'link' | 'frame' | 'script', alias: string): string =>
  `${site}/from-${kind}?to=${encodeURIComponent(`go-${alias}?q=red%20shoes`)}`

/** The visit of the destination; waits for it. */
async function atDestination(): Promise<Seen> {
  const giveUpAt = performance.now() + 5000
  for (;;) {
    const found = seen.find(({ path }) => path.startsWith('/dest'))
    if (found) return found
    if (performance.now() > giveUpAt) throw new Error('nobody came to the destination')
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

const here = (): string => `${yard.base.origin}/`
const GET = '/dest?k=red%20shoes&x=1'
/** Who is named as referrer: the page the visitor comes from, the tracker, or nobody. */
type Named = 'site' | 'tracker' | ''
/** Of the tracker nothing but its host; a site that leads to itself is told its whole address. */
const nameOf = (referrer: string): string =>
  referrer === here() ? 'tracker' : referrer.startsWith(`${site}/`) ? 'site' : referrer

describe('in a window', { skip: NO_BROWSER, timeout: 120_000 }, () => {
  const cases: readonly [key: string, referrer: Named][] = [
    ['http', 'site'],
    ['meta', 'tracker'],
    ['double_meta', 'tracker'],
    ['js', 'tracker'],
    ['blank_referrer', ''],
    ['js_for_iframe', 'tracker'],
    ['iframe', 'tracker'],
    ['frame', 'tracker'],
  ]
  for (const [key, referrer] of cases) {
    it(`${key} leads there, naming ${referrer || 'nobody'}`, () =>
      visit(from('link', key), async (page) => {
        await page.click('a')
        const { method, path, referrer: named } = await atDestination()
        assert.deepEqual([method, path, nameOf(named)], ['GET', GET, referrer])
        const stays = key === 'iframe' || key === 'frame'
        await page.waitForURL(stays ? `${here()}go-${key}?q=red%20shoes` : site + GET)
        const shown = stays ? page.frames()[1] : page
        assert.equal(await shown?.textContent('h1'), 'Destination {keyword}')
      }))
  }
  it('formsubmit leads there by POST, its query in the form', () =>
    visit(from('link', 'formsubmit'), async (page) => {
      await page.click('a')
      const { method, path, body } = await atDestination()
      assert.deepEqual([method, path, body], ['POST', '/dest', 'k=red+shoes&x=1'])
      await page.waitForURL(`${site}/dest`)
    }))
  it('curl shows the page here, its macros filled in and its pictures found', () =>
    visit(from('link', 'curl'), async (page) => {
      await page.click('a')
      await page.waitForURL(`${here()}go-curl?q=red%20shoes`)
      assert.equal(await page.textContent('h1'), 'Destination red shoes')
      await page.waitForFunction('document.images[0].complete && document.images[0].naturalWidth === 1')
      const [fetched] = seen
      assert.deepEqual([fetched?.path, fetched?.referrer], [GET, ''])
      assert.equal(fetched?.userAgent, await page.evaluate('navigator.userAgent'))
    }))
  it('remote leads where it is told', () =>
    visit(from('link', 'remote'), async (page) => {
      await page.click('a')
      await page.waitForURL(`${site}/dest?k=remote`)
      assert.deepEqual([seen[0]?.path, (await atDestination()).referrer], ['/where?k=', `${site}/`])
    }))
  it('pages are shown', async () => {
    const texts: Record<string, string> = {}
    for (const key of Object.keys(PAGES)) {
      await visit(
        `${here()}go-${key}?q=%3Cb%3E`,
        async (page) => {
          texts[key] = await page.evaluate('document.body.innerText.trim()')
          if (key === 'show_html') assert.equal(await page.title(), '<b>')
        },
        key === 'status404' ? /404/ : undefined,
      )
    }
    const { sub_id, ...rest } = texts
    assert.match(sub_id ?? '', /^[a-z0-9]{17}$/)
    assert.deepEqual(rest, {
      show_html: 'Hello <b>',
      show_text: 'Hello <b>',
      build_html: 'Hello <b>',
      status404: '404 Not Found',
      do_nothing: '',
    })
  })
})

describe('in a frame', { skip: NO_BROWSER, timeout: 120_000 }, () => {
  for (const [key, referrer] of [
    ['http', 'site'],
    ['meta', 'tracker'],
    ['double_meta', 'tracker'],
    ['js', 'tracker'],
    ['blank_referrer', ''],
    ['js_for_script', 'tracker'],
  ] as const) {
    it(`${key} leads on inside it`, () =>
      visit(from('frame', key), async (page) => {
        const { path, referrer: named } = await atDestination()
        assert.deepEqual([path, nameOf(named)], [GET, referrer])
        const frame = page.frames()[1]
        await frame?.waitForURL(site + GET)
        assert.equal(await frame?.textContent('h1'), 'Destination {keyword}')
        assert.equal(page.url(), from('frame', key))
      }))
  }
  it('js_for_iframe leads the whole window on', () =>
    visit(from('frame', 'js_for_iframe'), (page) => page.waitForURL(site + GET)))
  it('js_for_iframe leads it on when the visitor clicks, where the browser wants that', () =>
    visit(
      from('frame', 'top'),
      async (page) => {
        const frame = page.frames()[1]
        await frame?.waitForSelector('a', { state: 'attached' })
        assert.equal(page.url(), from('frame', 'top'))
        await page.mouse.click(100, 50)
        await page.waitForURL(`${here()}go-show_text?q=top`)
      },
      /Unsafe attempt to initiate navigation/,
    ))
})

describe('in a script', { skip: NO_BROWSER, timeout: 120_000 }, () => {
  const cases: readonly [key: string, referrer: Named][] = [
    ['http', 'site'],
    ['meta', 'site'],
    ['js', 'site'],
    ['js_for_script', 'site'],
    ['js_for_iframe', 'site'],
    ['double_meta', 'tracker'],
    ['blank_referrer', ''],
  ]
  for (const [key, referrer] of cases) {
    it(`${key} leads the page on, naming ${referrer || 'nobody'}`, () =>
      visit(from('script', key), async (page) => {
        await page.waitForURL(site + GET)
        const { method, referrer: named } = await atDestination()
        assert.deepEqual([method, nameOf(named)], ['GET', referrer])
      }))
  }
  it('formsubmit is a POST there too', () =>
    visit(from('script', 'formsubmit'), async (page) => {
      await page.waitForURL(`${site}/dest`)
      const { method, body } = await atDestination()
      assert.deepEqual([method, body], ['POST', 'k=red+shoes&x=1'])
    }))
  it('remote leads the page on', () =>
    visit(from('script', 'remote'), (page) => page.waitForURL(`${site}/dest?k=remote`)))
  it('HTML stands where the script does, whole pages stand in place of the page', async () => {
    await visit(from('script', 'show_html'), async (page) => {
      await page.waitForSelector('h1')
      assert.equal(await page.evaluate('document.body.innerText.replace(/\\s+/g, " ").trim()'), 'Host Hello red shoes')
    })
    await visit(from('script', 'iframe'), async (page) => {
      await atDestination()
      assert.equal(await page.locator('#host').count(), 0)
    })
    await visit(from('script', 'curl'), async (page) => {
      await page.waitForSelector('h1')
      assert.equal(await page.textContent('h1'), 'Destination red shoes')
    })
  })
  it('nothing is done where there is nothing to do', async () => {
    for (const key of ['do_nothing', 'status404'])
      await visit(from('script', key), async (page) => {
        assert.equal(await page.evaluate('document.body.innerText.trim()'), 'Host')
      })
  })
})

describe('pictures', { skip: NO_BROWSER, timeout: 60_000 }, () => {
  const answered = z.object({ body: z.string(), contentType: z.string() })
  it('are fetched and passed on as they are, to sites as base64', async () => {
    const id = await create('banner', { schema: 'redirect', action_type: 'curl', action_payload: `${site}/dot.png` })
    await untilLive(yard)
    await visit(from('script', 'do_nothing'), async (page) => {
      await page.evaluate(`document.body.innerHTML = '<img src="${here()}go-banner">'`)
      await page.waitForFunction('document.images[0].complete && document.images[0].naturalWidth === 1')
    })
    const { token } = z.object({ token: z.string() }).parse(await yard.api('GET', `/campaigns/${id}`))
    const { body } = await yard.send(`/click_api/v3?token=${token}`)
    assert.deepEqual(answered.parse(JSON.parse(body)), { body: DOT.toString('base64'), contentType: 'image/png' })
  })
})

describe('other servers that fail', { skip: NO_BROWSER, timeout: 120_000 }, () => {
  const explained = z.object({ destination: z.string() })
  it('leave the visitor a page or the fallback in time, counted and told by explain', async () => {
    const before = await yard.metric('trackyard_failed_fetches_total')
    const startedAt = performance.now()
    const replies = await Promise.all(
      ['silent', 'instead'].map((alias) => yard.send(`/go-${alias}`, { timeoutMs: 15_000 })),
    )
    assert.ok(performance.now() - startedAt < 12_000)
    const [silent, instead] = replies
    assert.deepEqual([silent?.status, instead?.status], [200, 302])
    assert.match(silent?.body ?? '', /cannot be shown/)
    assert.equal(instead?.location, `${site}/dest?c=${instead?.cookies._subid}`)
    const closed = await yard.send('/go-closed')
    assert.deepEqual([closed.status, closed.location], [200, ''])
    assert.equal((await yard.metric('trackyard_failed_fetches_total')) - before, 3)
    await yard.waitUntilStored()
    const told: string[] = []
    for (const reply of [...replies, closed])
      told.push(explained.parse(await yard.api('GET', `/clicks/${reply.cookies._subid}/explain`)).destination)
    assert.deepEqual(told, [
      `${site}/silent (not shown: no answer within 10 seconds)`,
      `${instead?.location} (instead of ${site}/gone: it answered with status 500)`,
      `${site}/page (not shown: what it sent is of no use here)`,
    ])
  })
  it('are not asked by a campaign that shows itself', async () => {
    await create('mirror', { schema: 'redirect', action_type: 'curl', action_payload: `${here()}go-mirror` })
    await untilLive(yard)
    const { status, body } = await yard.send('/go-mirror')
    assert.equal(status, 200)
    assert.match(body, /cannot be shown/)
  })
  it('a gateway leads nowhere but where we sent somebody', async () => {
    const { body } = await yard.send('/go-double_meta')
    const path = /url=http:\/\/[^/]+(\/gateway\.php\?go=[^"]+)"/.exec(body)?.[1] ?? ''
    assert.match((await yard.send(path)).body, /http-equiv="refresh" content="0; url=http:\/\/localhost/)
    for (const forged of [
      '/gateway.php',
      `${path}x`,
      '/gateway.php?go=https://evil.example/',
      path.replace('go=v1', 'go=v2'),
    ])
      assert.equal((await yard.send(forged)).status, 404)
  })
})
