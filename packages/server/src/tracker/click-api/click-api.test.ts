import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { FrontRequest } from '../front.ts'
import { parseQuery } from '../query.ts'
import { bodyText } from './answer.ts'
import { clickApiVersion } from './handle.ts'
import { readCall } from './read-call.ts'
import { visitorRequest } from './visitor-request.ts'

const request = (body: string | null, type = '', more: Partial<FrontRequest> = {}): FrontRequest => ({
  method: 'POST',
  url: '/click_api/v3',
  headers: { 'content-type': type, 'user-agent': 'KHttpClient', 'accept-language': 'xx', cookie: '_subid=1' },
  socketAddress: '9.9.9.9',
  isTls: false,
  readBody: async () => (body === null ? null : Buffer.from(body)),
  ...more,
})
const origin = { ip: '9.9.9.9', host: 'go.test', authority: 'go.test', isTls: true, cameThroughProxy: true }
const described = (query: string) => visitorRequest(request(''), origin, parseQuery(query))

describe('calls of the Click API', () => {
  it('are known by their path', () => {
    const paths = [
      '/click_api/v3',
      '/click_api/v3/',
      '/click_api/v2',
      '/api.php',
      '/click_api',
      '/click_api/v31',
      '/api.phpx',
      '/',
    ]
    assert.deepEqual(paths.map(clickApiVersion), [3, 3, 2, 2, undefined, undefined, undefined, undefined])
  })
  it('are read from query, form and JSON, and never throw', async () => {
    const read = async (body: string | null, type = '') => {
      const call = await readCall(request(body, type), parseQuery('token=q&ip=1.1.1.1'))
      return 'params' in call ? { ...call.params } : call
    }
    assert.deepEqual(await read('token=b&original_headers%5BX-Y%5D=z'), {
      token: 'b',
      ip: '1.1.1.1',
      'original_headers[X-Y]': 'z',
    })
    const json = {
      token: 'b',
      info: true,
      log: false,
      landing_id: 5,
      original_headers: { 'X-Y': 'z', deep: { a: 1 } },
      none: null,
    }
    assert.deepEqual(await read(JSON.stringify(json), 'application/json'), {
      token: 'b',
      ip: '1.1.1.1',
      info: '1',
      log: '0',
      landing_id: '5',
      'original_headers[X-Y]': 'z',
    })
    // What PHP sends when it is given a list of fields.
    const field = (name: string, value: string) =>
      `--edge\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`
    const multipart = 'multipart/form-data; boundary=edge'
    assert.deepEqual(
      await read(`${field('token', 'b')}${field('original_headers[X-Y]', 'z')}--edge--\r\n`, multipart),
      {
        token: 'b',
        ip: '1.1.1.1',
        'original_headers[X-Y]': 'z',
      },
    )
    assert.deepEqual(await read('--c', multipart), {
      fault: 'The call cannot be read: the body is not a valid multipart form.',
      status: 200,
    })
    assert.partialDeepStrictEqual(await read(null), { status: 413 })
    assert.deepEqual(await read('{"__proto__":{"x":1},"a":"b"}'), {
      token: 'q',
      ip: '1.1.1.1',
      a: 'b',
      '__proto__[x]': '1',
    })
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.string({ unit: 'binary' }), fc.json()),
        fc.constantFrom('', 'application/json', 'multipart/form-data; boundary=edge'),
        async (body, type) => {
          await read(body, type)
        },
      ),
    )
  })
  it('describe a visitor whose address and browser are theirs, not the site’s', () => {
    const visitor = described(
      'token=t&ip=8.8.8.8&ua=Firefox&language=de&keyword=k&sub_id_1=1&original_headers[Sec-Ch-Ua-Platform]=%22Linux%22&original_headers[X_Y]=1',
    )
    assert.deepEqual(visitor.origin, { ...origin, ip: '8.8.8.8', cameThroughProxy: false })
    assert.deepEqual(
      { ...visitor.request.headers },
      {
        'user-agent': 'Firefox',
        'accept-language': 'de',
        'sec-ch-ua-platform': '"Linux"',
        'x-y': '1',
        cookie: '_subid=1',
      },
    )
    assert.deepEqual({ ...visitor.params }, { keyword: 'k', sub_id_1: '1' })
    assert.equal(described('').request.headers['user-agent'], undefined)
  })
  it('may give addresses in the ways of proxies; the connection counts when there is none', () => {
    const cases = {
      '1.2.3.4, 5.6.7.8': '1.2.3.4',
      '[2001:db8::1]': '2001:db8::1',
      '::ffff:1.2.3.4': '1.2.3.4',
      unknown: '9.9.9.9',
      '': '9.9.9.9',
    }
    for (const [given, ip] of Object.entries(cases))
      assert.equal(described(`ip=${encodeURIComponent(given)}`).origin.ip, ip, given)
  })
  it('are answered with pictures as base64, and without a body as null', () => {
    const bytes = Buffer.from([0xff, 0xd8, 0x00])
    assert.equal(bodyText(bytes, 'image/jpeg'), bytes.toString('base64'))
    assert.equal(bodyText('%PDF', 'application/pdf'), Buffer.from('%PDF').toString('base64'))
    assert.equal(bodyText('hé', 'text/html'), 'hé')
    assert.equal(bodyText('', 'text/html'), null)
  })
})
