import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { ok } from '@trackyard/core/result.ts'
import { createSecretBox } from '../secret-box.ts'
import { openTestBackend, TEST_NOW_MS, type TestBackend } from '../testing.ts'
import { createThrottle } from './throttle.ts'
import { createTotpSecret, matchTotp, totpCode } from './totp.ts'

let backend: TestBackend
let nowMs = TEST_NOW_MS
const PASSWORD = 'long-enough-1'
before(async () => {
  backend = await openTestBackend()
  const password = { new_password: PASSWORD, new_password_confirmation: PASSWORD }
  await backend.create('users', { login: 'kim', type: 'ADMIN', ...password })
})
after(() => backend.close())

interface Session {
  readonly cookie: string
  readonly csrf: string
}
interface Sent {
  readonly session?: Session
  readonly csrf?: string
  readonly remoteAddress?: string
  readonly origin?: string
}
const request = (method: 'GET' | 'POST', path: string, payload?: object, sent: Sent = {}) => {
  const { session, csrf = session?.csrf, remoteAddress = '192.0.2.1', origin } = sent
  return backend.app.inject({
    method,
    url: `/admin_api/v1${path}`,
    ...(payload ? { payload: JSON.stringify(payload) } : {}),
    remoteAddress,
    headers: {
      ...(origin ? { origin } : {}),
      ...(session ? { cookie: `other=1; ${session.cookie}` } : {}),
      ...(csrf ? { 'x-csrf-token': csrf } : {}),
    },
  })
}
async function logIn(fields: object = {}): Promise<Session> {
  const reply = await request('POST', '/auth/login', { login: 'kim', password: PASSWORD, ...fields })
  assert.equal(reply.statusCode, 200, reply.body)
  return { cookie: String(reply.headers['set-cookie']).split(';')[0] ?? '', csrf: reply.json().csrf_token }
}
const wait = (ms: number): void => {
  nowMs += ms
  backend.wait(ms)
}

describe('sessions', () => {
  it('come as a cookie that scripts and other sites cannot use', async () => {
    const reply = await request(
      'POST',
      '/auth/login',
      { login: 'kim', password: PASSWORD },
      { origin: 'https://x.example' },
    )
    const cookie = String(reply.headers['set-cookie'])
    for (const part of [/HttpOnly/, /SameSite=Strict/, /Path=\/admin_api/, /Secure/]) assert.match(cookie, part)
    const plain = await request(
      'POST',
      '/auth/login',
      { login: 'kim', password: PASSWORD },
      { origin: 'http://x.example' },
    )
    assert.doesNotMatch(String(plain.headers['set-cookie']), /Secure/)
    assert.equal(reply.json().user.login, 'kim')
  })

  it('need the CSRF token to change anything', async () => {
    const session = await logIn()
    assert.equal((await request('GET', '/offers', undefined, { session, csrf: '' })).statusCode, 200)
    for (const csrf of ['', 'wrong'])
      assert.equal((await request('POST', '/offers', { name: 'x' }, { session, csrf })).statusCode, 403)
    assert.equal((await request('POST', '/offers', { name: 'x' }, { session })).statusCode, 200)
    const again = await request('GET', '/auth/session', undefined, { session })
    assert.equal(again.json().csrf_token, session.csrf)
    const [row] = (await backend.call('GET', '/logs/audit?entity=offers&limit=1')).body
    assert.partialDeepStrictEqual(row, { login: 'kim', via: 'ui', ip: '192.0.2.1' })
  })

  it('end by log-out, after a day without use, and after two weeks', async () => {
    const session = await logIn()
    assert.equal((await request('POST', '/auth/logout', {}, { session })).statusCode, 200)
    assert.equal((await request('GET', '/auth/session', undefined, { session })).statusCode, 401)
    const idle = await logIn()
    wait(24 * 3_600_000)
    assert.equal((await request('GET', '/offers', undefined, { session: idle })).statusCode, 401)
    const busy = await logIn()
    for (let hours = 0; hours < 14 * 24; hours += 12) {
      assert.equal((await request('GET', '/offers', undefined, { session: busy })).statusCode, 200)
      wait(12 * 3_600_000)
    }
    assert.equal((await request('GET', '/offers', undefined, { session: busy })).statusCode, 401)
  })

  it('are ended by a new password, but for the one that set it', async () => {
    const [one, other] = [await logIn(), await logIn()]
    const change = (password: string, next: string) =>
      request(
        'POST',
        '/auth/password',
        { password, new_password: next, new_password_confirmation: next },
        { session: one },
      )
    assert.deepEqual((await change('wrong', 'another-password')).json(), { password: ['is wrong'] })
    assert.equal((await change(PASSWORD, 'another-password')).statusCode, 200)
    assert.equal((await request('GET', '/offers', undefined, { session: one })).statusCode, 200)
    assert.equal((await request('GET', '/offers', undefined, { session: other })).statusCode, 401)
    assert.equal((await change('another-password', PASSWORD)).statusCode, 200)
  })

  it('are stored without what would let anybody use them', async () => {
    const session = await logIn()
    const token = session.cookie.split('=')[1] ?? ''
    assert.equal(await backend.store.findSession(token), null)
  })
})

describe('log-in', () => {
  it('tells nothing about which part is wrong, and writes it down', async () => {
    const answers = []
    for (const login of ['kim', 'nobody']) {
      const reply = await request(
        'POST',
        '/auth/login',
        { login, password: 'wrong' },
        { remoteAddress: '198.51.100.1' },
      )
      answers.push([reply.statusCode, reply.body])
    }
    assert.deepEqual(answers[0], answers[1])
    assert.equal(answers[0]?.[0], 401)
    const [row] = (await backend.call('GET', '/logs/audit?query=login_failed&limit=1')).body
    assert.partialDeepStrictEqual(row, { action: 'login_failed', login: 'nobody', ip: '198.51.100.1' })
    assert.equal((await request('POST', '/auth/login')).statusCode, 401)
  })

  it('slows guessing down, with Retry-After, and lets the owner in from elsewhere', async () => {
    const guess = (password: string, remoteAddress: string) =>
      request('POST', '/auth/login', { login: 'kim', password }, { remoteAddress })
    const tried = await Promise.all(Array.from({ length: 12 }, () => guess('wrong', '203.0.113.9')))
    assert.equal(tried.filter((reply) => reply.statusCode === 401).length, 5)
    const refused = await guess(PASSWORD, '203.0.113.9')
    assert.equal(refused.statusCode, 429)
    assert.ok(Number(refused.headers['retry-after']) >= 1)
    assert.equal((await guess(PASSWORD, '203.0.113.10')).statusCode, 200)
    wait(3000)
    assert.equal((await guess(PASSWORD, '203.0.113.9')).statusCode, 200)
  })

  it('takes a second factor: enrolled, confirmed, used once a code, disabled', async () => {
    const session = await logIn()
    const post = (path: string, fields: object) =>
      request('POST', `/auth/totp/${path}`, { password: PASSWORD, ...fields }, { session })
    assert.equal((await post('confirm', { totp: '000000' })).statusCode, 406)
    assert.equal((await post('enrol', { password: 'wrong' })).statusCode, 406)
    const { secret, uri } = (await post('enrol', {})).json()
    assert.ok(uri.includes(secret))
    await logIn()
    assert.equal((await post('confirm', { totp: totpCode(secret, nowMs) })).statusCode, 200)
    assert.match((await backend.store.findUser('kim'))?.totpSecret ?? '', /^v1:/)
    const without = await request('POST', '/auth/login', { login: 'kim', password: PASSWORD })
    assert.deepEqual([without.statusCode, /code is needed/.test(without.body)], [401, true])
    const code = totpCode(secret, nowMs)
    assert.equal(
      (await request('POST', '/auth/login', { login: 'kim', password: PASSWORD, totp: code })).statusCode,
      401,
    )
    wait(30_000)
    await logIn({ totp: totpCode(secret, nowMs) })
    wait(30_000)
    assert.equal((await post('disable', {})).statusCode, 406)
    assert.equal((await post('disable', { totp: totpCode(secret, nowMs) })).statusCode, 200)
    await logIn()
    const all = JSON.stringify((await backend.call('GET', '/logs/audit?limit=1000')).body)
    assert.ok(!all.includes(secret))
  })

  it('takes a second factor that was stored before there was a box, and one it cannot open for wrong', async () => {
    const secret = createTotpSecret()
    const store = async (totpSecret: string) => {
      const saved = await backend.store.change({ actor: 'test', atMs: nowMs }, async (writer) => {
        const kim = await writer.findUser('kim')
        return ok(await writer.updateUser(kim?.id ?? 0, { totpSecret, totpLastStep: 0 }))
      })
      assert.ok(saved.ok)
    }
    await store(secret)
    await logIn({ totp: totpCode(secret, nowMs) })
    assert.match((await backend.store.findUser('kim'))?.totpSecret ?? '', /^v1:/)
    wait(30_000)
    await logIn({ totp: totpCode(secret, nowMs) })
    await store(createSecretBox('the key of another machine').seal(secret))
    wait(30_000)
    for (const totp of [totpCode(secret, nowMs), totpCode('', nowMs)])
      assert.equal((await request('POST', '/auth/login', { login: 'kim', password: PASSWORD, totp })).statusCode, 401)
    await store('')
  })
})

describe('TOTP', () => {
  it('gives the codes of RFC 6238', () => {
    const secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'
    for (const [seconds, code] of [
      [59, '287082'],
      [1_111_111_109, '081804'],
      [1_234_567_890, '005924'],
      [20_000_000_000, '353130'],
    ] as const)
      assert.equal(totpCode(secret, seconds * 1000), code)
  })

  it('takes each code once and one step early or late', () => {
    const secret = createTotpSecret()
    const step = matchTotp(secret, totpCode(secret, 90_000), 90_000, 0)
    assert.equal(step, 3)
    assert.equal(matchTotp(secret, totpCode(secret, 90_000), 90_000, 3), null)
    assert.equal(matchTotp(secret, totpCode(secret, 90_000), 120_000, 0), 3)
    assert.equal(matchTotp(secret, totpCode(secret, 90_000), 180_000, 0), null)
    for (const wrong of ['', '12345', 'abcdef']) assert.equal(matchTotp(secret, wrong, 90_000, 0), null)
  })
})

describe('the throttle', () => {
  it('counts a whole IPv6 network as one place, grows, and forgets', () => {
    const throttle = createThrottle()
    for (let i = 0; i < 5; i++) assert.equal(throttle.begin('a', `2001:db8::${i}`, 0), 0)
    assert.equal(throttle.begin('a', '2001:db8::77', 0), 2000)
    assert.equal(throttle.begin('a', '2001:db8:0:1::77', 0), 0)
    assert.equal(throttle.begin('a', '2001:db8::77', 2000), 0)
    assert.equal(throttle.begin('a', '2001:db8::77', 2000), 4000)
    assert.equal(throttle.begin('a', '2001:db8::77', 3_700_000), 0)
    for (let i = 0; i < 30; i++) throttle.begin(`login ${i}`, '192.0.2.1', 0)
    assert.ok(throttle.begin('fresh', '192.0.2.1', 0) > 0)
  })
})
