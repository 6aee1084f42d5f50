import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { z } from 'zod'
import { startBrowser } from './browser.ts'
import { freePort, POSTBACK_KEY, startYard, type Yard } from './harness.ts'

/** Pages with that in their path are sent with a strict policy. */
export const CSP = 'csp'
export let yard: Yard
let browser: Browser
let server: Server
export let site = ''
/** Pages of the site by path. */
export const pages = new Map<string, string>()

/** Starts a tracker, a site of other people beside it, and a browser; for tests that are skipped without one. */
export async function openPageSite(): Promise<void> {
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
}

export async function closePageSite(): Promise<void> {
  await browser?.close()
  server?.close()
  await yard?.dispose()
}

/** A visitor with a fresh browser. Whatever the console calls an error fails the test. */
export async function visitor(
  run: (page: Page, context: BrowserContext, errors: string[]) => Promise<void>,
): Promise<void> {
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

export const html = (head: string, body = ''): string =>
  `<!doctype html><html><head><title>Shoes</title>${head}</head><body><h1>Host</h1>${body}</body></html>`

export const campaignUrl = (alias: string): string => `${yard.base.origin}/${alias}`
export const postbackUrl = (): string => `${yard.base.origin}/${POSTBACK_KEY}/postback`

/** The loader as sites carry it. */
export const loader = (alias: string, more = '', script = ' async'): string => `<script>
window.KTracking = { collectNonUniqueClicks: false, multiDomain: false, R_PATH: '${campaignUrl(alias)}', P_PATH: '${postbackUrl()}', listeners: [],
  reportConversion: function () { this.queued = arguments }, getSubId: function (fn) { this.listeners.push(fn) }, ready: function (fn) { this.listeners.push(fn) }, ...{${more}} };
</script><script src="${yard.base.origin}/js/k.min.js"${script}></script>`

/** The loader of sites with the page script, as they are pasted. */
export const pageLoader = (alias: string, unique = true): string => `<script>
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

export const storage = (page: Page, key: string): Promise<string> =>
  page.evaluate((name) => localStorage.getItem(name) ?? '', key)
/** Polls: waitForFunction needs eval, which a strict policy refuses. */
export async function until(page: Page, expression: string): Promise<void> {
  await yard.until(expression, 5000, async () => Boolean(await page.evaluate(expression)))
}

const logRows = z.object({ rows: z.array(z.record(z.string(), z.unknown())) })
export async function clickOf(subId: string, columns: readonly string[]) {
  await yard.waitUntilStored()
  const answer = await yard.api('POST', '/clicks/log', {
    range: { interval: 'all_time' },
    filters: [{ name: 'sub_id', operator: 'EQUALS', expression: subId }],
    columns,
  })
  return logRows.parse(answer).rows[0]
}
