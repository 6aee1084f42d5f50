import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { routes } from '../routes.ts'
import { openTestBackend, TEST_KEY, type TestBackend } from '../testing.ts'
import { batchObjects } from './objects.ts'

const PASSWORD = 'long-enough-1'

describe('a batch', () => {
  let backend: TestBackend
  before(async () => {
    backend = await openTestBackend()
    await backend.create('campaigns', { name: 'First', alias: 'first' })
    await backend.create('offers', { name: 'Tea' })
  })
  after(() => backend.close())

  interface Sent {
    readonly url?: string
    readonly headers?: Readonly<Record<string, string>>
    readonly remoteAddress?: string
  }
  const send = (commands: unknown, sent: Sent = {}) => {
    const { url = '/admin/?batch', headers = { 'api-key': TEST_KEY }, remoteAddress = '192.0.2.1' } = sent
    const payload = typeof commands === 'string' ? commands : JSON.stringify(commands)
    return backend.app.inject({ method: 'POST', url, headers, remoteAddress, payload })
  }
  const run = async (commands: readonly unknown[], sent: Sent = {}) => {
    const reply = await send(commands, sent)
    assert.equal(reply.statusCode, 200, reply.body)
    // biome-ignore lint/suspicious/noExplicitAny: answers of every shape
    const answers: { statusCode: number; body: any; headers: [] }[] = reply.json()
    return answers
  }
  const statuses = async (commands: readonly unknown[], sent: Sent = {}) =>
    (await run(commands, sent)).map(({ statusCode }) => statusCode)

  for (const url of ['/admin/?batch', '/admin/?bulk', '/admin/?bulk=', '/admin?bulk', '/admin?batch=1'])
    it(`is taken at ${url} and answers in order`, async () => {
      const commands = [
        {
          method: 'POST',
          object: 'reports.build',
          postData: { range: { interval: 'today' }, dimensions: ['campaign'], measures: ['clicks'] },
        },
        { method: 'GET', object: 'campaigns.show', postData: { id: 1 } },
      ]
      const [report, campaign] = await run(commands, { url })
      assert.partialDeepStrictEqual(report, { statusCode: 200, body: { rows: [], total: 0 }, headers: [] })
      assert.partialDeepStrictEqual(campaign, { statusCode: 200, body: { id: 1, name: 'First' }, headers: [] })
    })

  const written: readonly [string, object][] = [
    ['fields as an object', { object: 'offers.update', postData: { id: 1, notes: 'x' } }],
    ['fields as text', { object: 'offers.update', postData: '{"id":"1","notes":"x"}' }],
    ['an object among the params', { params: { object: 'offers.update', id: 1, notes: 'x' }, path: '' }],
    ['an id among the params', { params: { id: 1 }, object: 'offers.update', postData: { notes: 'x' } }],
  ]
  for (const [name, command] of written)
    it(`takes ${name}`, async () => {
      await backend.call('PUT', '/offers/1', { notes: '' })
      const [answer] = await run([{ method: 'POST', ...command }])
      assert.partialDeepStrictEqual(answer, { statusCode: 200, body: { id: 1, notes: 'x' } })
    })

  it('runs commands one after another, whatever becomes of those before', async () => {
    const answers = await run([
      { object: 'groups.create', postData: { name: 'G', type: 'offers' } },
      { object: 'groups.create', postData: { type: 'offers' } },
      { object: 'groups.index', params: { type: 'offers' } },
    ])
    assert.deepEqual(
      answers.map(({ statusCode }) => statusCode),
      [200, 406, 200],
    )
    assert.deepEqual(
      answers[2]?.body.map(({ name }: { name: string }) => name),
      ['G'],
    )
  })

  const malformed: readonly [unknown, number, RegExp][] = [
    [null, 400, /must be an object/],
    [7, 400, /must be an object/],
    [[], 400, /must be an object/],
    [{}, 400, /Name in "object"/],
    [{ object: 5 }, 400, /Name in "object"/],
    [{ params: 'x' }, 400, /Name in "object"/],
    [{ object: 'offers.index', postData: '{"a":' }, 400, /"postData" is not valid JSON: see line 1, column 6/],
    [{ object: 'offers.index', postData: '[1]' }, 400, /"postData" must be a JSON object/],
    [{ object: 'offers.index', postData: 3 }, 400, /"postData" must be a JSON object/],
    [{ object: 'offers.show' }, 406, /Give the id that offers.show is about/],
    [{ object: 'offers.show', postData: { id: '../users' } }, 406, /Give the id/],
    [{ object: 'offers.archive', postData: { id: '..' } }, 406, /Give the id/],
    [{ object: 'offers.show', postData: { id: { a: 1 } } }, 406, /Give the id/],
    [{ object: 'offers.show', postData: { id: 999 } }, 404, /no offer 999/],
    [{ object: 'offers.show', postData: { id: "1'--" } }, 406, /Give the id/],
    [{ object: 'offers.shwo' }, 404, /did you mean "offers.show"\? Known of offers are index, listAsOptions/],
    [{ object: 'offers.qqqqqqqqqqq' }, 404, /Known of offers are index/],
    [{ object: 'qqqqqqqqqqqqqqqqqqq' }, 404, /Known are campaigns, streams/],
    [{ object: '__proto__.constructor' }, 404, /There is no object/],
    [{ object: 'auth.login', postData: { login: 'admin', password: 'x' } }, 404, /There is no object/],
  ]
  for (const [command, status, words] of malformed)
    it(`tells what is wrong with ${JSON.stringify(command)} and goes on`, async () => {
      const [refused, next] = await run([command, { object: 'offers.index' }])
      assert.equal(refused?.statusCode, status, JSON.stringify(refused))
      assert.match(JSON.stringify(refused?.body).replaceAll('\\', ''), words)
      assert.equal(next?.statusCode, 200)
    })

  const bodies: readonly [unknown, number, RegExp][] = [
    ['', 400, /must be a JSON array/],
    ['null', 400, /must be a JSON array/],
    [{ object: 'offers.index' }, 400, /must be a JSON array/],
    ['[{', 400, /The body is not valid JSON: see line 1/],
    ['a=b', 400, /not valid JSON/],
    [`${'['.repeat(99)}${']'.repeat(99)}`, 400, /nested deeper/],
    [Array(101).fill({ object: 'offers.index' }), 400, /At most 100 commands .* these are 101/],
    [`["${'x'.repeat(100_001)}"]`, 413, /larger than 100000 bytes/],
  ]
  for (const [body, status, words] of bodies)
    it(`refuses ${JSON.stringify(body).slice(0, 30)}`, async () => {
      const reply = await send(body)
      assert.equal(reply.statusCode, status, reply.body)
      assert.match(reply.json().error, words)
    })
  it('may be empty, and may have 100 commands', async () => {
    assert.deepEqual(await run([]), [])
    const many = await statuses(Array(100).fill({ object: 'campaigns.show', postData: { id: 1 } }))
    assert.deepEqual(many, Array(100).fill(200))
  })
  it('is only where a flag says so', async () => {
    for (const url of ['/admin/', '/admin?x=1']) assert.equal((await send([], { url })).statusCode, 404)
  })

  it('stands for routes that exist', () => {
    const known = new Set(routes.map(({ method, path }) => `${method} ${path}`))
    for (const [name, { method, path }] of batchObjects) assert.ok(known.has(`${method} ${path}`), name)
  })
  for (const dialect of ['modern', '2017'])
    it(`lists what a select box shows: ${dialect}`, async () => {
      const headers = { 'api-key': TEST_KEY, 'api-dialect': dialect }
      const names = [...batchObjects.keys()].filter((name) => name.endsWith('.listAsOptions'))
      const answers = await run(
        names.map((object) => ({ object, postData: { campaign_id: 1, type: 'offers' } })),
        { headers },
      )
      for (const [index, { body, statusCode }] of answers.entries()) {
        assert.equal(statusCode, 200, names[index])
        assert.ok(Array.isArray(body), names[index])
        if (names[index] === 'offers.listAsOptions') assert.deepEqual(Object.values(body[0]).map(String), ['1', 'Tea'])
      }
    })
  it('passes hints on, with the number of the command', async () => {
    const reply = await send([
      { object: 'campaigns.index' },
      { object: 'offers.update', postData: { id: 1, nots: 'x' } },
    ])
    assert.match(String(reply.headers['trackyard-hint']), /^Command 2: .*did you mean "notes"/)
  })

  describe('can do what its sender can do', () => {
    const mixed = [
      { object: 'offers.index' },
      { object: 'offers.create', postData: { name: 'New' } },
      { object: 'campaigns.archive', postData: { id: 1 } },
      { object: 'users.index' },
    ]
    // Keys that are limited belong to users; the one of the environment belongs to nobody.
    const keyOfAnn = async (limits: object): Promise<string> => {
      const { body } = await backend.call('POST', `/users/${annId}/api_keys`, { name: 'k', ...limits })
      assert.equal(typeof body.key, 'string', JSON.stringify(body))
      return body.key
    }
    let annId = 0
    let session: Record<string, string>
    before(async () => {
      const password = { new_password: PASSWORD, new_password_confirmation: PASSWORD }
      await backend.create('users', { login: 'kim', type: 'USER', ...password })
      const ann = await backend.create('users', { login: 'ann', type: 'ADMIN', ...password })
      annId = ann.id
      const payload = JSON.stringify({ login: 'kim', password: PASSWORD })
      const reply = await backend.app.inject({ method: 'POST', url: '/admin_api/v1/auth/login', payload })
      session = {
        cookie: String(reply.headers['set-cookie']).split(';')[0] ?? '',
        'x-csrf-token': reply.json().csrf_token,
      }
    })

    it('strangers: nothing', async () => {
      const unknown: Record<string, string>[] = [{}, { 'api-key': 'wrong' }, { cookie: 'trackyard_session=x' }]
      for (const headers of unknown) assert.equal((await send(mixed, { headers })).statusCode, 401)
    })
    it('a read-only key: reading', async () => {
      const key = await keyOfAnn({ read_only: true })
      assert.deepEqual(await statuses(mixed, { headers: { 'api-key': key } }), [200, 403, 403, 200])
      assert.deepEqual(await statuses(mixed, { headers: { authorization: `Bearer ${key}` } }), [200, 403, 403, 200])
    })
    it('a key with a list of addresses: from there', async () => {
      const headers = { 'api-key': await keyOfAnn({ ip_allow_list: ['192.0.2.7'] }) }
      assert.equal((await send(mixed, { headers, remoteAddress: '192.0.2.8' })).statusCode, 403)
      assert.deepEqual(await statuses([{ object: 'users.index' }], { headers, remoteAddress: '192.0.2.7' }), [200])
    })
    it('a user without rights: as in single calls', async () => {
      const single = await Promise.all(
        (
          [
            ['GET', '/offers'],
            ['POST', '/offers', { name: 'New' }],
            ['DELETE', '/campaigns/1'],
            ['GET', '/users'],
          ] as const
        ).map(async ([method, path, payload]) => {
          const url = `/admin_api/v1${path}`
          const sent = { method, url, headers: session, ...(payload ? { payload: JSON.stringify(payload) } : {}) }
          return (await backend.app.inject(sent)).statusCode
        }),
      )
      assert.deepEqual(await statuses(mixed, { headers: session }), single)
      assert.ok(single.includes(403))
    })
    it('a session without the CSRF token: nothing, for another site may have sent it', async () => {
      const { cookie = '' } = session
      const tokens: Record<string, string>[] = [{}, { 'x-csrf-token': 'wrong' }]
      for (const token of tokens) assert.equal((await send(mixed, { headers: { cookie, ...token } })).statusCode, 403)
    })
    it('an address outside admin_ip_whitelist: nothing', async () => {
      await backend.call('PUT', '/settings', { admin_ip_whitelist: '192.0.2.1' })
      assert.equal((await send(mixed, { remoteAddress: '198.51.100.1' })).statusCode, 403)
      assert.deepEqual(await statuses([{ object: 'users.index' }]), [200])
      await backend.call('PUT', '/settings', { admin_ip_whitelist: '' })
    })
    it('and is in the audit log as the one who sent it, from where', async () => {
      await run([{ object: 'groups.create', postData: { name: 'Audited', type: 'offers' } }])
      const [row] = (await backend.call('GET', '/logs/audit?entity=groups&limit=1')).body
      assert.partialDeepStrictEqual(row, { ip: '192.0.2.1' })
    })
  })
})
