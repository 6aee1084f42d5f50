import assert from 'node:assert/strict'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { inTime } from '../in-time.fixture.ts'
import { keepConnections } from './keep-connections.ts'
import type { Names } from './open-target.ts'
import { isPrivateAddress } from './private-addresses.ts'
import { sendRequest } from './send-request.ts'

const limits = { allowPrivateTargets: true, timeoutMs: 30_000, maxBodyBytes: 20 }
const get = (url: string) => ({ method: 'GET', url, headers: {}, body: null })

describe('a request of ours', () => {
  let server: Server
  let base = ''
  const seen: string[] = []
  const answers: Record<string, (request: IncomingMessage, response: ServerResponse) => void> = {
    '/ok': (_, response) => response.end('fine'),
    '/long': (_, response) => {
      response.write('x'.repeat(1000))
    },
    '/silent': () => {},
    '/cut': (_, response) => {
      response.writeHead(200, { 'content-length': '10' })
      response.write('x')
      setImmediate(() => response.destroy())
    },
    '/loop': (_, response) => response.writeHead(302, { location: '/loop' }).end(),
    '/moved': (_, response) => response.writeHead(307, { location: '/ok' }).end(),
    '/elsewhere': (_, response) => response.writeHead(307, { location: base.replace('localhost', '127.0.0.1') }).end(),
    '/inside': (_, response) => response.writeHead(302, { location: 'http://169.254.169.254/latest' }).end(),
    '/file': (_, response) => response.writeHead(302, { location: 'file:///etc/passwd' }).end(),
  }
  before(async () => {
    server = createServer((request, response) => {
      let body = ''
      request.on('data', (chunk: Buffer) => {
        body += String(chunk)
      })
      request.on('end', () => {
        seen.push(`${request.method} ${request.url} ${request.headers['x-secret'] ?? ''} ${body}`)
        const answer = answers[request.url ?? ''] ?? answers['/ok']
        answer?.(request, response)
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    base = `http://localhost:${(server.address() as AddressInfo).port}`
  })
  after(() => {
    server.closeAllConnections()
    server.close()
  })
  const at = (resolve: Names['resolve']): Names => ({ resolve, isPrivate: isPrivateAddress })
  const here = at(async () => ['127.0.0.1'])

  it('comes back with status and the beginning of the body', async () => {
    assert.deepEqual(await sendRequest(get(`${base}/ok`), limits, here), {
      status: 200,
      body: 'fine',
      error: null,
      redirectedTo: [],
    })
    assert.equal((await sendRequest(get(`${base}/long`), limits, here)).body, 'x'.repeat(20))
  })

  it('looks a host up once and goes where the look-up said', async () => {
    let lookups = 0
    const reply = await sendRequest(
      get(`${base.replace('localhost', 'crm.example')}/ok`),
      limits,
      at(async () => {
        lookups++
        return ['127.0.0.1']
      }),
    )
    assert.deepEqual([reply.status, lookups], [200, 1])
  })

  it('refuses private addresses, by name, as a number, and behind a redirect', async () => {
    const outside = { ...limits, allowPrivateTargets: false }
    for (const url of [
      `${base}/ok`,
      base.replace('localhost', '127.0.0.1'),
      'http://2130706433/',
      'http://0x7f.1/',
      'http://[::1]/',
      'http://[::ffff:127.0.0.1]/',
    ]) {
      const before = seen.length
      const reply = await sendRequest(get(url), outside, here)
      assert.match(reply.error ?? '', /private address.*TRACKYARD_ALLOW_PRIVATE_TARGETS/, url)
      assert.deepEqual([reply.status, seen.length], [null, before])
    }
    // Where private addresses are allowed a redirect may lead there, but only to web addresses.
    assert.match((await sendRequest(get(`${base}/file`), limits, here)).error ?? '', /must begin with http/)
  })

  it('judges every hop of a redirect', async () => {
    // The server of this test stands for one of the public internet.
    const names: Names = { ...here, isPrivate: (address) => address !== '127.0.0.1' }
    const reply = await sendRequest(get(`${base}/inside`), { ...limits, allowPrivateTargets: false }, names)
    assert.match(reply.error ?? '', /169\.254\.169\.254 is at a private address/)
    assert.deepEqual([reply.status, reply.redirectedTo], [null, ['http://169.254.169.254/latest']])
  })

  it('gives up in time, on broken answers and on circles, in plain words', async () => {
    const short = { ...limits, timeoutMs: 200 }
    const late = await inTime(sendRequest(get(`${base}/silent`), short, here))
    assert.equal(late.error, 'no answer within 0.2 seconds')
    const never = at(() => new Promise(() => {}))
    const slowNames = await inTime(sendRequest(get(base), short, never))
    assert.equal(slowNames.error, 'no answer within 0.2 seconds')
    assert.match((await sendRequest(get(`${base}/cut`), limits, here)).error ?? '', /connection was (closed|broken)/)
    assert.match((await sendRequest(get(`${base}/loop`), limits, here)).error ?? '', /redirects more than 5 times/)
    assert.match((await sendRequest(get('http://127.0.0.1:1/'), limits, here)).error ?? '', /refused/)
    assert.match((await sendRequest(get('nonsense'), limits, here)).error ?? '', /cannot be read/)
    const gone = at(async () => Promise.reject(Object.assign(new Error('x'), { code: 'ENOTFOUND' })))
    assert.equal((await sendRequest(get('http://no.example/'), limits, gone)).error, 'there is no such host name')
  })

  it('says who asks when the address does', async () => {
    const names: (string | undefined)[] = []
    const listen = ({ headers }: IncomingMessage): void => void names.push(headers.authorization, headers.host)
    server.on('request', listen)
    const { host } = new URL(base)
    assert.equal((await sendRequest(get(base.replace('//', '//us%40r:p:w@')), limits, here)).status, 200)
    assert.equal((await sendRequest(get(base), limits, here)).status, 200)
    server.off('request', listen)
    assert.deepEqual(names, [`Basic ${Buffer.from('us@r:p:w').toString('base64')}`, host, undefined, host])
  })

  it('keeps body and headers within the origin', async () => {
    const post = { method: 'POST', headers: { 'x-secret': 's' }, body: 'a=1' }
    seen.length = 0
    await sendRequest({ ...post, url: `${base}/moved` }, limits, here)
    assert.deepEqual(seen, ['POST /moved s a=1', 'POST /ok s a=1'])
    seen.length = 0
    await sendRequest({ ...post, url: `${base}/elsewhere` }, limits, here)
    assert.deepEqual(seen, ['POST /elsewhere s a=1', 'GET /  '])
  })

  it('uses a kept connection again, looks its name up once, and sends once more when it was closed meanwhile', async () => {
    const connections = keepConnections(2)
    const kept = { ...limits, connections }
    let sockets = 0
    const count = (): void => void sockets++
    server.on('connection', count)
    let lookups = 0
    const names = at(async () => {
      lookups++
      return ['127.0.0.1']
    })
    const url = `${base.replace('localhost', 'crm.example')}/ok`
    for (let index = 0; index < 5; index++) assert.equal((await sendRequest(get(url), kept, names)).status, 200)
    assert.deepEqual([sockets, lookups], [1, 1])
    const idle = [...(connections.http.freeSockets[`crm.example:${new URL(base).port}:`] ?? [])]
    assert.equal(idle.length, 1)
    server.closeAllConnections()
    assert.equal((await sendRequest(get(url), kept, names)).status, 200)
    assert.ok(sockets >= 2)
    connections.close()
    server.off('connection', count)
  })

  it('refuses private addresses over kept connections, too', async () => {
    const connections = keepConnections(2)
    const outside = { ...limits, allowPrivateTargets: false, connections }
    const before = seen.length
    for (const url of [`${base}/ok`, base.replace('localhost', '127.0.0.1'), 'http://2130706433/', 'http://[::1]/']) {
      const reply = await sendRequest(get(url), outside, here)
      assert.match(reply.error ?? '', /private address/, url)
      assert.equal(reply.isForbidden, true)
    }
    const late = await sendRequest(
      get(base),
      { ...limits, timeoutMs: 200, connections },
      at(() => new Promise(() => {})),
    )
    assert.equal(late.error, 'no answer within 0.2 seconds')
    const gone = at(async () => Promise.reject(Object.assign(new Error('x'), { code: 'ENOTFOUND' })))
    const reply = await sendRequest(get('http://no.example/'), { ...limits, connections }, gone)
    assert.equal(reply.error, 'there is no such host name')
    assert.equal(seen.length, before)
    connections.close()
  })
})
