import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { create, freePort, startYard, type Yard } from './harness.ts'
import { type Reply, send } from './http.ts'
import { clicksOf, createCampaign, createOffer } from './sample.ts'

const CLIENT = fileURLToPath(new URL('../packages/server/assets/php/kclient.php', import.meta.url))
const PHP = spawnSync('php', ['-v']).status === 0
const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'

/** Pages of a site that carries the client, by file name; TRACKER and the token of the alias are put in. */
const PAGES: Readonly<Record<string, string>> = {
  'go.php': `$client = client('php-go')->sendAllParams(); $client->executeAndBreak(); echo 'HOST PAGE';`,
  'page.php': `$client = client('php-page')->restoreFromSession(); $client->executeAndBreak();
    echo json_encode(array($client->getOffer(array('offer_id' => 5)), $client->getSubId(), $client->isBot(), $client->isUnique(), $client->getToken()));`,
  'force.php': `client('php-page')->forceRedirectOffer()->disableSessions()->executeAndBreak(); echo 'HOST PAGE';`,
  'gone.php': `client('php-gone')->executeAndBreak(); echo 'HOST PAGE';`,
  'html.php': `client('php-html')->executeAndBreak(); echo 'HOST PAGE';`,
  'content.php': `echo '[' . client('php-html')->getContent() . ']';`,
  'landing.php': `$client = client('php-page')->restoreFromQuery(); echo json_encode(array($client->getSubId(), $client->getOffer()));`,
  'utm.php': `$client = client('php-go')->sendUtmLabels()->params('sub_id_2=b&sub_id_3=c')->param('keyword', 'own')->currentPageAsReferrer()->ip('8.8.8.8'); echo json_encode(array($client->getSubId(), $client->getHeaders()));`,
  'wrong.php': `client('nobody')->executeAndBreak(); echo 'HOST PAGE';`,
  'down.php': `$client = new KClient('http://127.0.0.1:1/', 'x'); $client->executeAndBreak(); echo 'HOST PAGE', count($client->getLog()) > 0 ? '!' : '', $client->getOffer(array(), '#none');`,
  'debug.php': `client('php-page')->debug()->execute();`,
}

const token = (alias: string): string => `token-of-${alias}-0123456789`

let yard: Yard
let site: URL
let php: ChildProcess | undefined
let dir = ''

before(async () => {
  if (!PHP) return
  yard = await startYard({ env: { TRACKYARD_LOG_LEVEL: 'warn' } })
  dir = mkdtempSync(join(tmpdir(), 'trackyard-php-'))
  copyFileSync(CLIENT, join(dir, 'kclient.php'))
  const head = `<?php require __DIR__ . '/kclient.php'; function client($alias) { return new KClient('${yard.base.origin}/anything?x', 'token-of-' . $alias . '-0123456789'); }\n`
  for (const [name, code] of Object.entries(PAGES)) writeFileSync(join(dir, name), head + code)
  const port = await freePort()
  site = new URL(`http://127.0.0.1:${port}`)
  php = spawn(
    'php',
    ['-S', `127.0.0.1:${port}`, '-t', dir, '-d', `session.save_path=${dir}`, '-d', 'display_errors=1'],
    {
      stdio: 'ignore',
    },
  )
  await yard.until('the site is up', 10_000, async () => (await send(site, '/none')).status !== 0)
  const offer = await createOffer(yard, 'php-offer')
  const campaign = (alias: string, stream: object) => createCampaign(yard, alias, [stream], { token: token(alias) })
  await campaign('php-go', {
    schema: 'redirect',
    action_type: 'http',
    action_payload: 'https://o.example/?c={subid}&k={keyword}&a={sub_id_2}&i={ip}&u={source}&r={referrer}',
  })
  await campaign('php-page', { offers: [{ offer_id: offer }] })
  await campaign('php-gone', { schema: 'action', action_type: 'status404' })
  await campaign('php-html', { schema: 'action', action_type: 'show_html', action_payload: '<p>{keyword} шоу</p>' })
  await create(yard, '/campaigns', { name: 'last', alias: 'last' })
})
after(async () => {
  if (php && php.exitCode === null) {
    php.kill()
    await once(php, 'exit')
  }
  await yard?.dispose()
  if (dir) rmSync(dir, { recursive: true, force: true })
})

/** A visitor with a browser of their own: cookies are kept between pages. */
function visitor(ip: string) {
  const jar = new Map<string, string>()
  const visit = async (path: string, headers: Record<string, string> = {}): Promise<Reply> => {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
    const reply = await send(site, path, {
      headers: {
        host: `site.example:${site.port}`,
        'user-agent': FIREFOX,
        'accept-language': 'fr-FR,fr;q=0.9',
        'x-forwarded-for': ip,
        ...(cookie === '' ? {} : { cookie }),
        ...headers,
      },
    })
    for (const [name, value] of Object.entries(reply.cookies)) jar.set(name, decodeURIComponent(value))
    return reply
  }
  return { visit, jar }
}

describe('PHP client', { skip: PHP ? false : 'php is not installed', timeout: 60_000 }, () => {
  it('redirects, with the parameters of the page and the visitor’s own address', async () => {
    const { visit, jar } = visitor('81.4.0.1')
    const reply = await visit('/go.php?keyword=red%20shoes&token=evil&sub_id_2=x&ip=6.6.6.6', {
      referer: 'https://r.example/',
    })
    assert.equal(reply.status, 302)
    const cookie = reply.headers['set-cookie']?.join('\n') ?? ''
    assert.match(cookie, /_subid=[a-z0-9]{17};.*path=\/; domain=\.site\.example/)
    assert.equal(
      reply.location,
      `https://o.example/?c=${jar.get('_subid')}&k=red%20shoes&a=x&i=81.4.0.1&u=&r=https%3A%2F%2Fr.example%2F`,
    )
    assert.equal(reply.body, '')
  })

  it('leaves the page as it is when the stream has offers, and its links lead to them', async () => {
    const { visit, jar } = visitor('81.4.0.2')
    const reply = await visit('/page.php')
    assert.equal(reply.status, 200)
    const [offer, subId, isBot, isUnique, pass] = JSON.parse(reply.body)
    assert.equal(offer, `${yard.base.origin}/?offer_id=5&_lp=1&_token=${pass}`)
    assert.deepEqual([subId, isBot, isUnique], [jar.get('_subid'), false, true])
    const { pathname, search } = new URL(offer)
    assert.equal((await yard.send(pathname + search)).location, `https://php-offer.example/?c=${subId}`)
    // The session has the click: none is made again.
    const [, again] = JSON.parse((await visit('/page.php')).body)
    assert.equal(again, subId)
    await yard.waitUntilStored()
    assert.equal(await clicksOf(yard, 'php-page'), 1)
    // Without the session the cookies tell who it is.
    jar.delete('PHPSESSID')
    const [, second, , isUniqueAgain] = JSON.parse((await visit('/page.php', { 'x-forwarded-for': '81.4.9.9' })).body)
    assert.notEqual(second, subId)
    assert.equal(isUniqueAgain, false)
  })

  it('goes to the offer when told to', async () => {
    const { visit, jar } = visitor('81.4.0.3')
    const reply = await visit('/force.php')
    assert.equal(reply.location, `https://php-offer.example/?c=${jar.get('_subid')}`)
    assert.equal(jar.has('PHPSESSID'), false)
  })

  it('ends the page for a page, a 404 and a redirect, and for nothing else', async () => {
    const { visit } = visitor('81.4.0.4')
    const html = await visit('/html.php')
    assert.deepEqual([html.status, html.body], [200, '<p> шоу</p>'])
    assert.equal(html.headers['content-type'], 'text/html; charset=utf-8')
    assert.equal((await visit('/content.php')).body, '[<p> шоу</p>]')
    const gone = await visit('/gone.php')
    assert.deepEqual([gone.status, gone.body], [404, '404 Not Found'])
    for (const page of ['/wrong.php']) assert.equal((await visit(page)).body, 'HOST PAGE')
    assert.equal((await visit('/down.php')).body, 'HOST PAGE!#none')
    assert.match((await visit('/debug.php')).body, /Processing campaign/)
  })

  it('takes the click of an address, and sends what it is told', async () => {
    const { visit } = visitor('81.4.0.5')
    const landing = await visit('/landing.php?_subid=abc123def456g&_token=v1.x')
    assert.deepEqual(JSON.parse(landing.body), ['abc123def456g', `${yard.base.origin}/?_lp=1&_token=v1.x`])
    const told = await visit('/utm.php?utm_source=news&keyword=page')
    const [subId, [location]] = JSON.parse(told.body)
    const page = encodeURIComponent(`http://site.example:${site.port}/utm.php?utm_source=news&keyword=page`)
    assert.equal(location, `Location: https://o.example/?c=${subId}&k=own&a=b&i=8.8.8.8&u=news&r=${page}`)
  })

  it('makes no click of a page that was loaded ahead', async () => {
    const { visit } = visitor('81.4.0.6')
    await yard.waitUntilStored()
    const before = await clicksOf(yard, 'php-go')
    const reply = await visit('/go.php', { 'sec-purpose': 'prefetch;prerender' })
    assert.deepEqual([reply.status, reply.body], [200, 'HOST PAGE'])
    await yard.waitUntilStored()
    assert.equal((await clicksOf(yard, 'php-go')) - before, 0)
  })
})
