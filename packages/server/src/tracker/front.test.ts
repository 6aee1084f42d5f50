import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { after, before, it } from 'node:test'
import { type HttpFront, listen } from './front.ts'

let front: HttpFront
before(async () => {
  const options = { host: '127.0.0.1', port: 0, isPassedThrough: () => false, passThrough: () => undefined }
  front = await listen(options, (request, answer) => {
    const say = (body: string): void => answer({ status: 200, headers: ['Content-Length', String(body.length)], body })
    if (request.url.startsWith('/say')) say(JSON.stringify([request.url, request.headers]))
    else if (request.method === 'GET') say('fine')
    else void request.readBody(10).then((body) => say(body === null ? 'too long' : `${body.length} bytes`))
  })
})
after(() => front.close())

const exchange = (text: string): Promise<string> =>
  new Promise((resolve) => {
    let heard = ''
    const socket = connect(front.port, '127.0.0.1', () => socket.write(text))
    socket.on('data', (chunk) => {
      heard += chunk
    })
    // What is still being sent when the answer comes may end the connection hard.
    socket.on('error', () => undefined)
    socket.on('close', () => resolve(heard))
  })

const request = (line: string, headers = ''): string => `${line} HTTP/1.1\r\nHost: x\r\n${headers}\r\n`

it('what cannot be read is answered in words, also after requests that could', async () => {
  const good = request('GET /')
  for (const [text, status, words] of [
    [request(`GET /?q=${'x'.repeat(70_000)}`), 431, /longer than 65536 bytes: send what is long in the body/],
    [request('GET /', `X-A: ${'x'.repeat(70_000)}\r\n`), 431, /longer than 65536 bytes/],
    ['BREW nothing\r\n\r\n', 400, /not valid HTTP/],
    [request('GET /\u007f'), 400, /must be percent-encoded/],
    [good + request(`GET /?q=${'x'.repeat(70_000)}`), 431, /longer than 65536 bytes/],
  ] as const) {
    const heard = await exchange(text)
    const answers = heard.split(/(?=HTTP\/1\.1 )/)
    const last = answers.at(-1) ?? ''
    assert.match(last, new RegExp(`^HTTP/1\\.1 ${status} `))
    const [head = '', body = ''] = last.split('\r\n\r\n')
    assert.equal(/content-length: (\d+)/i.exec(head)?.[1], String(Buffer.byteLength(body)))
    assert.match(JSON.parse(body).error, words)
    if (text.startsWith(good)) assert.match(answers[0] ?? '', /^HTTP\/1\.1 200 [\s\S]*fine/)
  }
})

it('an address with letters that had to be percent-encoded is read as if they were', async () => {
  const heard = await exchange(request('GET /say?k=\u00e9+{x}|', 'Cookie: a=1\r\ncookie: b=2\r\nX-Y: \u00e9 \r\n'))
  const [head = '', body = ''] = heard.split('\r\n\r\n')
  assert.match(head, /^HTTP\/1\.1 200 [\s\S]*Connection: close/)
  const [url, headers] = JSON.parse(body)
  assert.equal(url, '/say?k=%C3%A9+{x}|')
  assert.deepEqual(headers, { host: 'x', cookie: 'a=1; b=2', 'x-y': Buffer.from('\u00e9').toString('latin1') })
  assert.match(await exchange(request('HEAD /say/\u00e9')), /^HTTP\/1\.1 200 [\s\S]*\r\n\r\n$/)
  // Behind a request that was answered, on the same connection.
  const later = await new Promise<string>((resolve) => {
    let said = ''
    const socket = connect(front.port, '127.0.0.1', () => socket.write(request('GET /')))
    socket.on('data', (chunk) => {
      if (said === '') socket.write(request('GET /say/\u00e9'))
      said += chunk
    })
    socket.on('close', () => resolve(said))
  })
  assert.match(later, /fine[\s\S]*HTTP\/1\.1 200 [\s\S]*"\/say\/%C3%A9"/)
})

it('what else is wrong beside such letters is refused', async () => {
  for (const text of [
    'GET /\u00e9 HTTP/1.1\r\n\r\n',
    request('POST /\u00e9', 'Content-Length: 0\r\n'),
    request('GET /\u00e9', 'Transfer-Encoding: chunked\r\n'),
    request('GET /\u00e9', 'X : y\r\n'),
    request('GET /\u00e9', 'X: \u0001\r\n'),
    request('GET /\u00e9 x'),
    request('GET /\u00e9') + request('GET /'),
  ])
    assert.match(await exchange(text), /^HTTP\/1\.1 400 Bad Request[\s\S]*\}$/, text)
  // The answer to the one before it comes whole.
  assert.match(await exchange(request('GET /') + request('GET /\u00e9')), /^HTTP\/1\.1 200 [\s\S]*\r\n\r\nfine$/)
})

it('a body is read whole, none is empty at once, and one that is too long is none', async () => {
  for (const [text, words] of [
    [request('POST /', 'Connection: close\r\n'), /\r\n\r\n0 bytes$/],
    [`${request('POST /', 'Connection: close\r\nContent-Length: 3\r\n')}abc`, /\r\n\r\n3 bytes$/],
    [`${request('POST /', 'Connection: close\r\nContent-Length: 11\r\n')}${'x'.repeat(11)}`, /\r\n\r\ntoo long$/],
    [request('GET /') + request('POST /', 'Connection: close\r\n'), /fine[\s\S]*\r\n\r\n0 bytes$/],
  ] as const)
    assert.match(await exchange(text), words)
})
