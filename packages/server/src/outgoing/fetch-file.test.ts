import assert from 'node:assert/strict'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { inTime } from '../in-time.fixture.ts'
import { fetchFile } from './fetch-file.ts'
import type { Names } from './open-target.ts'
import { isPrivateAddress } from './private-addresses.ts'

const limits = { allowPrivateTargets: true, connectMs: 30_000, totalMs: 30_000, maxBytes: 1_048_576 }
/** For what is to be given up; everything else may take as long as a busy machine needs. */
const short = { connectMs: 200, totalMs: 400 }

describe('a file of another server', () => {
  let server: Server
  let base = ''
  const headers: string[] = []
  const bomb = gzipSync(Buffer.alloc(20 * 1_048_576))
  const packed = (encoding: string, body: Buffer) => (_: IncomingMessage, response: ServerResponse) =>
    response.writeHead(200, { 'content-encoding': encoding }).end(body)
  const answers: Record<string, (request: IncomingMessage, response: ServerResponse) => void> = {
    '/page': (_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<p>fine'),
    '/moved/': (_, response) => response.writeHead(302, { location: '../page' }).end('moved'),
    '/loop': (_, response) => response.writeHead(302, { location: '/loop' }).end(),
    '/inside': (_, response) => response.writeHead(302, { location: 'http://169.254.169.254/' }).end(),
    '/gone': (_, response) => response.writeHead(404).end('no'),
    '/silent': () => {},
    '/slow': (_, response) => {
      const timer = setInterval(() => response.write('x'), 50)
      response.once('close', () => clearInterval(timer))
    },
    '/endless': (_, response) => {
      const fill = (): void => {
        while (!response.destroyed && response.write('x'.repeat(65_536)));
      }
      response.on('drain', fill)
      fill()
    },
    '/cut': (_, response) => {
      response.writeHead(200, { 'content-length': '10' })
      response.write('x')
      setImmediate(() => response.destroy())
    },
    '/gzip': packed('gzip', gzipSync('packed')),
    '/br': packed('br', brotliCompressSync('packed')),
    '/bomb': packed('gzip', bomb),
    '/zstd': packed('zstd', Buffer.from('x')),
    '/nothing': (_, response) => response.writeHead(204, { 'content-encoding': 'gzip' }).end(),
    '/broken': packed('gzip', Buffer.from('not packed')),
  }
  before(async () => {
    server = createServer((request, response) => {
      headers.push(JSON.stringify(request.headers))
      const answer = answers[request.url ?? '']
      if (answer) answer(request, response)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  after(() => {
    server.closeAllConnections()
    server.close()
  })
  const reason = async (path: string, more: Partial<typeof limits> = {}, names?: Names): Promise<string> => {
    const fetched = await fetchFile(path.startsWith('/') ? base + path : path, {}, { ...limits, ...more }, names)
    return fetched.ok ? 'it came' : fetched.reason
  }

  it('comes with its address after redirects, type and bytes', async () => {
    const fetched = await fetchFile(`${base}/moved/`, { 'user-agent': 'Firefox' }, limits)
    assert.deepEqual(fetched, { ok: true, url: `${base}/page`, contentType: 'text/html', body: Buffer.from('<p>fine') })
    assert.match(headers.at(-1) ?? '', /"user-agent":"Firefox","accept-encoding":"identity"/)
  })
  it('is unpacked when it comes packed, never beyond the limit', async () => {
    for (const path of ['/gzip', '/br']) {
      const fetched = await fetchFile(base + path, {}, limits)
      assert.equal(fetched.ok && String(fetched.body), 'packed')
    }
    assert.equal(await reason('/nothing'), 'it came')
    assert.ok(bomb.length < limits.maxBytes)
    assert.equal(await reason('/bomb'), 'it is longer than 1 MB')
    assert.match(await reason('/zstd'), /packed as zstd/)
    assert.match(await reason('/broken'), /cannot be unpacked/)
  })
  it('is given up in time and in words', async () => {
    assert.equal(await inTime(reason('/silent', short)), 'no answer within 0.4 seconds')
    assert.equal(await inTime(reason('/slow', { totalMs: 400 })), 'no answer within 0.4 seconds')
    const never: Names = { resolve: () => new Promise(() => {}), isPrivate: isPrivateAddress }
    const unresolved = reason('http://slow.example/', { connectMs: 200 }, never)
    assert.equal(await inTime(unresolved), 'no connection within 0.2 seconds')
    assert.equal(await reason('/endless'), 'it is longer than 1 MB')
    assert.match(await reason('/cut'), /connection|aborted/)
    assert.match(await reason('/loop'), /redirects more than 5 times/)
    assert.equal(await reason('/gone'), 'it answered with status 404')
    assert.match(await reason('http://127.0.0.1:1/'), /refused/)
    assert.match(await reason('nonsense'), /cannot be read/)
    assert.match(await reason('file:///etc/passwd'), /must begin with http/)
  })
  it('is not looked for at private addresses, behind redirects neither', async () => {
    const outside = { allowPrivateTargets: false }
    for (const url of ['/page', 'http://localhost/', 'http://[::1]/', 'http://2130706433/', 'http://10.0.0.1/'])
      assert.match(await reason(url, outside), /private address/)
    const names: Names = { resolve: async () => ['127.0.0.1'], isPrivate: (address) => address !== '127.0.0.1' }
    assert.match(await reason('/inside', outside, names), /169\.254\.169\.254 is at a private address/)
  })
})
