import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Route } from './route.ts'
import { routes } from './routes.ts'
import { openTestBackend, TEST_KEY, type TestBackend } from './testing.ts'

/** Other tests meet these with a network, with files, or with passwords, which are slow to hash. */
const ELSEWHERE = /^\/auth\/|\/(check|test|replay|retry)$/
const UNKNOWN = { id: '999999', sub_id: 'ml6o7rbc00000zzzz', conversion_id: 'ml6o7rbc00000zzzz-1', name: 'nothing' }
const INJECTIONS = [
  "'; DROP TABLE campaigns; --",
  '") OR 1=1 --',
  'x\r\nSet-Cookie: admin=1',
  '{{7*7}}<script>alert(1)</script>',
  '__proto__',
  '\u0000\ud800',
]
const WRONG_TYPES = [{ a: {} }, [[['x']]], -1.5, true, 'x'.repeat(5000), 1e300]

let backend: TestBackend

before(async () => {
  backend = await openTestBackend()
  await backend.create('campaigns', { name: 'Kept', alias: 'kept' })
})
after(() => backend.close())

const urlOf = ({ path }: Route, ids: Readonly<Record<string, string>>): string =>
  `/admin_api/v1${path.replaceAll(/:(\w+)/g, (_, name: string) => ids[name] ?? ids.id ?? '')}`

async function send(route: Route, payload: string, query = '', ids: Readonly<Record<string, string>> = UNKNOWN) {
  const version = await backend.store.version()
  const reply = await backend.app.inject({
    method: route.method,
    url: urlOf(route, ids) + query,
    headers: { 'api-key': TEST_KEY },
    payload,
  })
  const what = `${route.method} ${route.path} ${query.slice(0, 100)} ${payload.slice(0, 200)}: ${reply.statusCode} ${reply.body.slice(0, 300)}`
  assert.deepEqual(backend.errors, [], what)
  assert.ok(reply.statusCode < 500, what)
  if (!route.path.startsWith('/auth')) assert.equal(reply.headers['set-cookie'], undefined, what)
  if (reply.statusCode >= 400) {
    assert.match(String(reply.headers['content-type']), /^application\/json/, what)
    assertSpeaks(reply.json(), what)
    assert.equal(await backend.store.version(), version, `${what} changed something`)
  }
  return { status: reply.statusCode, body: reply.body, what }
}

/** A refusal says what is wrong in words of people: `{error}` or `{field: [messages]}`. */
function assertSpeaks(body: unknown, what: string): void {
  assert.ok(typeof body === 'object' && body !== null && !Array.isArray(body), what)
  const messages = Object.values(body).flat()
  assert.ok(messages.length > 0, what)
  for (const message of messages) {
    assert.ok(typeof message === 'string' && message.length > 5, what)
    assert.doesNotMatch(message, /Invalid input|undefined|\[object|SQLITE|Unexpected token/, what)
  }
}

const tried = routes.filter(({ path }) => !ELSEWHERE.test(path))

describe('bad input of every route', () => {
  for (const route of tried) {
    const fields = Object.keys(route.accepts?.shape ?? {})
    it(`${route.method} ${route.path}`, async () => {
      const broken = await send(route, '{"name": "x",, }')
      assert.equal(broken.status, 400, broken.what)
      assert.match(broken.body, /line 1, column 14/, broken.what)

      if (!route.isUpload) {
        const huge = await send(route, JSON.stringify({ name: 'x'.repeat(200_000) }))
        assert.equal(huge.status, 413, huge.what)
      }
      await send(route, '')
      await send(route, '[]')
      await send(route, 'null', `?x=${'y'.repeat(1_000_000)}`)
      const unknown = await send(route, JSON.stringify({ name: 'x' }))
      if (/:(id|sub_id|conversion_id)\b/.test(route.path)) assert.ok(unknown.status >= 400, unknown.what)

      const ids = { ...UNKNOWN, id: '1' }
      for (const field of fields.filter((name) => !/password/.test(name)))
        for (const value of WRONG_TYPES) await send(route, JSON.stringify({ [field]: value }), '', ids)
      for (const text of INJECTIONS) {
        const everywhere = Object.fromEntries(
          fields.filter((name) => !/password/.test(name)).map((name) => [name, text]),
        )
        await send(route, JSON.stringify(everywhere), '', ids)
        await send(route, '', `?name=${encodeURIComponent(text.toWellFormed())}`, {
          id: encodeURIComponent(text.toWellFormed()),
        })
      }
    })
  }
  it('left what was there', async () => {
    assert.equal((await backend.store.get('campaigns', 1))?.id, 1)
  })
})
