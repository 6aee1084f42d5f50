import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { isPassword } from '../auth/passwords.ts'
import { ensureSecrets, loadSecrets } from '../secrets.ts'
import { openTestBackend, TEST_NOW_MS, type TestBackend } from '../testing.ts'
import { openSetup } from './setup-link.ts'

let backend: TestBackend
before(async () => {
  backend = await openTestBackend()
})
after(() => backend.close())

describe('setup', () => {
  it('works once, by the printed link only', async () => {
    const { app, store } = backend
    const outdated = await openSetup(store, TEST_NOW_MS)
    const link = await openSetup(store, TEST_NOW_MS)
    assert.ok(link && outdated)
    assert.match((await app.inject({ url: '/admin/' })).body, /No administrator/)
    for (const url of ['/admin/setup', '/admin/setup?token=x', outdated])
      assert.match((await app.inject({ url })).body, /No administrator exists yet/, url)
    for (const url of ['/admin/setup', '/admin/setup?token=x', outdated])
      assert.equal((await app.inject({ url })).statusCode, 403, url)

    const form = await app.inject({ url: link })
    assert.equal(form.statusCode, 200)
    assert.match(String(form.headers['content-type']), /text\/html/)
    assert.ok(!form.body.includes('<script'))
    const token = new URL(link, 'http://x').searchParams.get('token') ?? ''
    const post = (payload: string) =>
      app.inject({
        method: 'POST',
        url: '/admin/setup',
        payload,
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      })
    assert.equal((await post('token=x&password=long-enough-1')).statusCode, 403)
    assert.match(form.body, /At least 8 characters/)
    for (const [fields, place, words] of [
      ['password=short&password_repeat=short', 'password', 'at least 8'],
      [`password=${'x'.repeat(201)}&password_repeat=${'x'.repeat(201)}`, 'password', 'at most 200'],
      ['password=long-enough-1&password_repeat=long-enough-2', 'password_repeat', 'not the same'],
      ['password=long-enough-1', 'password_repeat', 'not the same'],
      ['', 'password', 'at least 8'],
    ] as const) {
      const refused = await post(`token=${token}&${fields}`)
      assert.equal(refused.statusCode, 400, fields)
      assert.match(refused.body, new RegExp(`id="${place}-problem"[^>]*>[^<]*${words}`))
      assert.equal(refused.body.match(/class="problem"/g)?.length, 1)
      assert.ok(!refused.body.includes('long-enough'), 'no password is put into a page')
    }
    assert.equal(await store.findUser('admin'), null)

    const done = await post(`token=${token}&password=long-enough-1&password_repeat=long-enough-1`)
    assert.equal(done.statusCode, 200)
    assert.ok(!done.body.includes('<script'))
    assert.match(done.body, /\/pbkey123\/postback\?subid=\{subid\}&amp;status=\{status\}&amp;payout=\{payout\}/)
    assert.match(done.body, /trackyard keys create &lt;name&gt;/)
    const [key = ''] = /[0-9a-f]{48}/.exec(done.body) ?? []
    assert.equal((await app.inject({ url: '/admin_api/v1/offers', headers: { 'api-key': key } })).statusCode, 200)
    const user = await store.findUser('admin')
    assert.equal(await isPassword('long-enough-1', user?.passwordHash ?? ''), true)
    assert.equal(await isPassword('long-enough-2', user?.passwordHash ?? ''), false)

    assert.equal((await post(`token=${token}&password=long-enough-2`)).statusCode, 403)
    const usedUp = await app.inject({ url: link })
    assert.equal(usedUp.statusCode, 403)
    assert.match(usedUp.body, /an administrator exists.*href="\/admin\/".*keys create/s)
    assert.equal(await openSetup(store, TEST_NOW_MS), null)
    assert.match((await app.inject({ url: '/admin' })).body, /is set up/)
  })

  it('puts nothing unescaped into a page', async () => {
    const reply = await backend.app.inject({ url: '/admin/setup?token=%22%3E%3Cscript%3E' })
    assert.ok(!reply.body.includes('<script'))
  })
})

describe('ensureSecrets', () => {
  it('makes keys once, takes the configured ones, and writes nothing when nothing is new', async () => {
    const { store } = backend
    const first = await loadSecrets(store)
    assert.equal(first.postbackKey, 'pbkey123')
    await ensureSecrets(store, { postbackKey: '', adminPassword: '' }, 1)
    assert.deepEqual(await loadSecrets(store), first)
    await ensureSecrets(store, { postbackKey: 'another1', adminPassword: 'password-1' }, 1)
    assert.equal((await loadSecrets(store)).postbackKey, 'another1')
    const version = await store.version()
    await ensureSecrets(store, { postbackKey: 'another1', adminPassword: 'password-1' }, 1)
    assert.equal(await store.version(), version)
    assert.equal(await isPassword('password-1', (await store.findUser('admin'))?.passwordHash ?? ''), true)
  })
})
