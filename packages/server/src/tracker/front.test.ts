import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { after, before, it } from 'node:test'
import { type HttpFront, listen } from './front.ts'

let front: HttpFront
before(async () => {
  const options = { host: '127.0.0.1', port: 0, isPassedThrough: () => false, passThrough: () => undefined }
  front = await listen(options, (request, answer) => {
    const say = (body: string): void => answer({ status: 200, headers: ['Content-Length', String(body.length)], body })
    if (request.method === 'GET') say('fine')
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
    [good + request(`GET /?q=${'x'.repeat(70_000)}`), 431, /longer than 65536 bytes/],
  ] as const) {
    const heard = await exchange(text)
    const answers = heard.split(/(?=HTTP\/1\.1 )/)
    const last = answers.at(-1) ?? ''
    assert.match(last, new RegExp(`^HTTP/1\\.1 ${status} `))
    const [head = '', body = ''] = last.split('\r\n\r\n')
    assert.equal(/content-length: (\d+)/i.exec(head)?.[1], String(body.length))
    assert.match(JSON.parse(body).error, words)
    if (text.startsWith(good)) assert.match(answers[0] ?? '', /^HTTP\/1\.1 200 [\s\S]*fine/)
  }
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
