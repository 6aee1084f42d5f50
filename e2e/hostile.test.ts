import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { connect } from 'node:net'
import { after, before, it } from 'node:test'
import { POSTBACK_KEY, startYard, type Yard } from './harness.ts'
import { clicksOf, createCampaign, createOffer, destinationOf } from './sample.ts'

const MEGABYTE = 1_048_576
const http = (line: string, headers = '', body = ''): string => `${line} HTTP/1.1\r\nHost: x\r\n${headers}\r\n${body}`
const post = (path: string, type: string, body: string): string =>
  http(`POST ${path}`, `Content-Type: ${type}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n`, body)
const POSTBACK = `/${POSTBACK_KEY}/postback`

/** What no visitor would send, by name. */
const ATTACKS: Readonly<Record<string, string | Buffer>> = {
  'random bytes': randomBytes(65_536),
  zeros: Buffer.alloc(10_000),
  'a TLS hello': Buffer.from('16030100a5010000a10303', 'hex'),
  'a bare line feed': '\n\n\n\n',
  'CONNECT to elsewhere': 'CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example\r\n\r\n',
  'an upgrade': http('GET /hostile', 'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: aaaa\r\n'),
  'an unknown method': http('BREW /hostile'),
  'an unknown version': 'GET /hostile HTTP/9.9\r\n\r\n',
  'no host': 'GET /hostile HTTP/1.1\r\n\r\n',
  'an absurd host': `GET /hostile HTTP/1.1\r\nHost: ${'a.'.repeat(10_000)}:99999\r\n\r\n`,
  'a host of other bytes': Buffer.from('GET /hostile HTTP/1.1\r\nHost: \xff\xfe%00..[::\r\n\r\n', 'latin1'),
  'a query of one megabyte': http(`GET /hostile?keyword=${'x'.repeat(MEGABYTE)}`),
  'ten thousand headers': http('GET /hostile', 'X-A: b\r\n'.repeat(10_000)),
  'one endless header': http('GET /hostile', `X-A: ${'b'.repeat(200_000)}\r\n`),
  'a header folded over lines': http('GET /hostile', 'X-A: b\r\n c\r\n'),
  'two lengths': http('POST /hostile', 'Content-Length: 5\r\nContent-Length: 6\r\n', 'aaaaa'),
  'a negative length': http('POST /hostile', 'Content-Length: -5\r\n'),
  'length and chunks': http(
    'POST /hostile',
    'Content-Length: 4\r\nTransfer-Encoding: chunked\r\n',
    '0\r\n\r\nGET / HTTP/1.1\r\n',
  ),
  'a chunk of absurd size': http(`POST ${POSTBACK}`, 'Transfer-Encoding: chunked\r\n', 'fffffffffffffff\r\naa'),
  'paths that are none': [
    '//',
    '/%',
    '/%00',
    '/%ff%fe',
    '/..%2f..%2fetc/passwd',
    '*',
    'http://evil.example/hostile',
    '/\xff',
  ]
    .map((path) => http(`GET ${path}`))
    .join(''),
  'broken percent signs': http('GET /hostile?keyword=%&%=%&sub_id_1=%E0%A4%A&%u0000=1&=&&&=a&keyword'),
  'names of the language': http('GET /hostile?__proto__=1&constructor=2&__proto__[a]=3&toString=4&hasOwnProperty=5'),
  'five thousand parameters': http(`GET /hostile?${Array.from({ length: 5000 }, (_, i) => `a${i}=${i}`).join('&')}`),
  'zeros and line ends in parameters': http(
    'GET /hostile?keyword=a%00b%0d%0aSet-Cookie:%20x=1&sub_id_1=%00&source=%0a%09',
  ),
  'half characters': http('GET /hostile?keyword=%ED%A0%80&sub_id_1=%F0%9F%98&external_id=%C3'),
  'absurd numbers': http('GET /hostile?cost=1e999&offer_id=NaN&landing_id=-1&cost=Infinity'),
  'an absurd cost': http(`GET /hostile?cost=${'9'.repeat(400)}`),
  'absurd forwarding': http(
    'GET /hostile',
    `X-Forwarded-For: ${'1.2.3.4, '.repeat(2000)}999.1.1.1\r\nX-Forwarded-Host: a\tb\r\n`,
  ),
  'cookies of noise': http('GET /hostile', `Cookie: _tyv=${'%'.repeat(3000)}; _token=v1.1.x.y; _subid==;;=\r\n`),
  'a forged token': http('GET /?_lp=1&_token=v1.1.eyJhIjoxfQ.aaaaaaaaaaaaaaaaaaaaaa&offer_id=__proto__'),
  'an update of nothing': http(`GET /?_update_tokens=1&sub_id=${'z'.repeat(17)}&sub_id_1=%00`),
  'a postback for nobody': http(`GET ${POSTBACK}?subid=${'%F0%9F%98%80'.repeat(50)}&status=%00&payout=1e400`),
  'a postback of half characters': post(
    POSTBACK,
    'application/json',
    '{"subid":"\\ud800","status":"\\udfff","payout":"\\u0000"}',
  ),
  'a postback that is no JSON': post(POSTBACK, 'application/json', '{"subid":'),
  'a postback of deep JSON': post(POSTBACK, 'application/json', `${'['.repeat(30_000)}`),
  'a postback of two megabytes': post(POSTBACK, 'text/plain', 'subid=x&'.repeat(MEGABYTE / 4)),
  'a return of markup': http(`GET ${POSTBACK}?subid=abc&return=%0d%0aX-A:%20b`),
  'admin of a broken body': post('/admin_api/v1/campaigns', 'application/json', '{"name":'),
  'admin of an absurd path': http(`GET /admin_api/v1/${'%00../'.repeat(500)}`),
  'five hundred requests in one piece': http('GET /hostile').repeat(500),
}

let yard: Yard
before(async () => {
  yard = await startYard({ env: { TRACKYARD_LOG_LEVEL: 'warn' } })
  const offer = await createOffer(yard, 'safe', { action_payload: 'https://safe.example/?k={keyword}&s={sub_id_1}' })
  await createCampaign(yard, 'hostile', [{ offers: [{ offer_id: offer }] }], { cost_auto: true })
})
after(() => yard?.dispose())

it('no input ends the tracker or stops what is behind it', { timeout: 60_000 }, async (t) => {
  const pids = yard.pids()
  const slow = Array.from({ length: 200 }, () => drip(yard))
  try {
    for (const [name, bytes] of Object.entries(ATTACKS)) {
      const answer = await deliver(yard, bytes)
      t.diagnostic(`${name}: ${answer.split('\r\n', 1)[0] || 'connection closed'}`)
      assert.doesNotMatch(answer.split('\r\n\r\n', 1)[0] ?? '', /^(?:Set-Cookie: x=1|X-A: b)/im, name)
      assert.equal(destinationOf(await yard.send('/hostile?keyword=after')), 'safe.example', name)
    }
  } finally {
    for (const end of slow) end()
  }
  assert.deepEqual(yard.pids(), pids, 'nothing was started again')
  assert.equal(await yard.metric('trackyard_request_failures_total'), 0)
  assert.equal(await yard.metric('trackyard_spool_lost_records'), 0)
  await yard.waitUntilStored(15_000)
  assert.equal(await clicksOf(yard), await yard.metric('trackyard_clicks_total'))
})

/** Sends bytes and answers what came back within a moment. */
function deliver(to: Yard, bytes: string | Buffer): Promise<string> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    const socket = connect(Number(to.base.port), '127.0.0.1')
    const finish = (): void => {
      socket.destroy()
      resolve(Buffer.concat(chunks).toString('latin1'))
    }
    const patience = setTimeout(finish, 300)
    socket.on('data', (chunk) => {
      chunks.push(chunk)
      patience.refresh()
    })
    socket.once('close', () => {
      clearTimeout(patience)
      finish()
    })
    socket.on('error', () => undefined)
    socket.write(bytes)
  })
}

/** A client that never gets to the end of its request; call the answer to end it. */
function drip(to: Yard): () => void {
  const socket = connect(Number(to.base.port), '127.0.0.1')
  socket.on('error', () => undefined)
  socket.write('GET /hostile?a=')
  const timer = setInterval(() => socket.write('a'), 500)
  return () => {
    clearInterval(timer)
    socket.destroy()
  }
}
