import assert from 'node:assert/strict'
import { createServer, type IncomingMessage, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, before, describe, it } from 'node:test'
import { createPassThrough } from './proxy.ts'

const socketPath = join(tmpdir(), `trackyard-proxy-${process.pid}.sock`)
let backend: Server
let front: Server
/** What the backend got. */
let seen: { message: IncomingMessage; body: string }[] = []

before(async () => {
  backend = createServer(async (message, response) => {
    seen.push({ message, body: await text(message) })
    response.writeHead(200, { 'Set-Cookie': ['a=1', 'b=2'], 'X-Said': 'yes' })
    response.end('heard')
  })
  const passThrough = createPassThrough(socketPath, () => '203.0.113.9')
  front = createServer(passThrough)
  await new Promise<void>((resolve) => backend.listen(socketPath, resolve))
  await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve))
})
after(() => {
  front.close()
  backend.close()
})

function ask(method: string, headers: Record<string, string | string[]>, ...body: readonly string[]) {
  seen = []
  return new Promise<{ answer: IncomingMessage; body: string }>((resolve, reject) => {
    const { port } = front.address() as AddressInfo
    const outgoing = request({ host: '127.0.0.1', port, method, path: '/a?b=1', headers, agent: false }, (answer) => {
      void text(answer).then((heard) => resolve({ answer, body: heard }), reject)
    })
    outgoing.once('error', reject)
    for (const part of body) outgoing.write(part)
    outgoing.end()
  })
}

describe('requests to the backend', () => {
  for (const method of ['GET', 'POST', 'DELETE'])
    for (const [framing, headers] of [
      ['of a told length', { 'Content-Length': '9' }],
      ['in chunks', { 'Transfer-Encoding': 'chunked' }],
    ] as const)
      it(`${method} with a body ${framing}`, async () => {
        const { body } = await ask(method, headers, '{"a":', '"b"}')
        assert.equal(body, 'heard')
        assert.deepEqual(
          seen.map((one) => [one.message.method, one.message.url, one.body]),
          [[method, '/a?b=1', '{"a":"b"}']],
        )
      })
  it('bring headers as they were sent, without those of one connection and with the true address', async () => {
    const headers = { 'X-Twice': ['1', '2'], Cookie: 'c=1', 'X-Forwarded-For': '6.6.6.6', TE: 'trailers' }
    const { answer } = await ask('GET', headers)
    const got = seen[0]?.message.headersDistinct
    assert.partialDeepStrictEqual(got, { 'x-twice': ['1', '2'], cookie: ['c=1'], 'x-forwarded-for': ['203.0.113.9'] })
    assert.equal(got?.te, undefined)
    assert.deepEqual(answer.headers['set-cookie'], ['a=1', 'b=2'])
    assert.equal(answer.headers['x-said'], 'yes')
  })
  it('are told to come again while the backend is down', async () => {
    await new Promise<void>((resolve) => {
      backend.close(() => resolve())
      backend.closeAllConnections()
    })
    const { answer, body } = await ask('GET', {})
    assert.equal(answer.statusCode, 503)
    assert.equal(answer.headers['retry-after'], '2')
    assert.match(body, /starting or down/)
  })
})
