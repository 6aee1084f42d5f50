import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { SETTING_KEYS, settingDef } from '@trackyard/core/settings.ts'
import { readSnapshotHeader } from '../../snapshot.ts'
import { publishSnapshot } from '../snapshot.ts'
import { openTestBackend, TEST_KEY, type TestBackend } from '../testing.ts'

describe('/settings', () => {
  let backend: TestBackend
  before(async () => {
    backend = await openTestBackend({ baseCurrency: 'EUR' })
  })
  after(() => backend.close())

  it('are read as values by key, or with what they do', async () => {
    const { body } = await backend.call('GET', '/settings')
    assert.partialDeepStrictEqual(body, { currency: 'EUR', timezone: 'UTC', audit_ttl: 365, admin_ip_whitelist: [] })
    assert.deepEqual(Object.keys(body), SETTING_KEYS)
    assert.equal(body.postback_key, '********')
    const { body: list } = await backend.call('GET', '/settings?details=1')
    assert.equal(list.length, SETTING_KEYS.length)
    for (const one of list) assert.match(one.description, /\.$/)
    const { body: one } = await backend.call('GET', '/settings/timezone')
    assert.partialDeepStrictEqual(one, { id: 'timezone', value: 'UTC', default: 'UTC', effect: 'acts', is_set: false })
  })

  it('defaults are what the schemas take', () => {
    for (const key of SETTING_KEYS) {
      const { schema, fallback, readOnly } = settingDef(key)
      if (!readOnly) assert.deepEqual(schema.parse(fallback), fallback, key)
    }
  })

  it('are changed one by one or several, and set back', async () => {
    const { status, body } = await backend.call('POST', '/settings', { timezone: 'Europe/Madrid', audit_ttl: '30' })
    assert.deepEqual([status, body.timezone, body.audit_ttl], [200, 'Europe/Madrid', 30])
    assert.equal((await backend.call('PUT', '/settings/audit_ttl', { value: 31 })).body.value, 31)
    assert.equal((await backend.call('PUT', '/settings/audit_ttl', { audit_ttl: 32 })).body.value, 32)
    assert.equal((await backend.call('POST', '/settings', { key: 'audit_ttl', value: 33 })).body.audit_ttl, 33)
    assert.equal((await backend.call('DELETE', '/settings/audit_ttl')).body.value, 33)
    assert.equal((await backend.call('GET', '/settings/audit_ttl')).body.value, 365)
    const whole = (await backend.call('GET', '/settings')).body
    assert.deepEqual((await backend.call('PUT', '/settings', whole)).body, whole)
  })

  it('act: reports are in the time zone, the token of landing pages ends in time', async () => {
    await backend.call('POST', '/settings', { timezone: 'Asia/Tokyo', lp_offer_token_ttl: 5 })
    backend.queries.length = 0
    // 23:05 in Tokyo: today began at 15:00 UTC of the day before.
    await backend.call('POST', '/report/build', {
      range: { interval: 'today' },
      grouping: ['hour'],
      metrics: ['clicks'],
    })
    assert.match(JSON.stringify(backend.queries), /Asia\/Tokyo/)
    const directory = await mkdtemp(join(tmpdir(), 'settings-test-'))
    const filePath = join(directory, 'campaigns.ndjson')
    await publishSnapshot(backend.store, { filePath, baseCurrency: 'EUR', nowMs: () => 1 })
    const header = readSnapshotHeader(await readFile(filePath, 'utf8'))
    assert.equal(header.ok && header.value.settings.landingTokenTtlMs, 300_000)
    await rm(directory, { recursive: true })
    for (const key of ['timezone', 'lp_offer_token_ttl']) await backend.call('DELETE', `/settings/${key}`)
  })

  it('that are not known are kept as they come, with a hint', async () => {
    const reply = await backend.app.inject({
      method: 'POST',
      url: '/admin_api/v1/settings',
      headers: { 'api-key': TEST_KEY },
      payload: JSON.stringify({ my_flag: { a: [1, null] }, disable_stats: true, stats_tll: 30 }),
    })
    assert.match(
      String(reply.headers['trackyard-hint']),
      /my_flag: no setting of Trackyard.*disable_stats: is kept.*Did you mean stats_ttl\?/,
    )
    assert.deepEqual((await backend.call('GET', '/settings/my_flag')).body.value, { a: [1, null] })
    await backend.call('DELETE', '/settings/stats_tll')
    assert.equal((await backend.call('DELETE', '/settings/my_flag')).status, 200)
    assert.equal((await backend.call('GET', '/settings/my_flag')).status, 404)
  })

  it('name further parameters of any slot, which lists leave out until somebody set them', async () => {
    const of = async (key: string) => (await backend.call('GET', `/settings/${key}`)).body
    assert.deepEqual([(await of('sub_id_7_aliases')).value, (await of('sub_id_7_aliases')).is_set], [[], false])
    const { body } = await backend.call('PUT', '/settings', { sub_id_7_aliases: 'zone, spot' })
    assert.deepEqual(body.sub_id_7_aliases, ['zone', 'spot'])
    assert.equal((await of('sub_id_7_aliases')).effect, 'acts')
    assert.equal((await of('sub_id_31_aliases')).error !== undefined, true)
    assert.equal((await backend.call('PUT', '/settings', { se_aliases: { a: 1 } })).status, 406)
    await backend.call('DELETE', '/settings/sub_id_7_aliases')
    assert.equal('sub_id_7_aliases' in (await backend.call('GET', '/settings')).body, false)
  })

  it('that are secret are shown masked, put back as they were, and never in the audit log', async () => {
    await backend.call('POST', '/settings', { avscan_key: 'abcdefghijklmnop1234', fb_token: 'hush-hush' })
    const { body } = await backend.call('GET', '/settings')
    assert.deepEqual([body.avscan_key, body.fb_token], ['********1234', '********'])
    await backend.call('PUT', '/settings', body)
    assert.equal(await backend.store.getMeta('setting:avscan_key'), '"abcdefghijklmnop1234"')
    assert.equal(await backend.store.getMeta('setting:fb_token'), '"hush-hush"')
    assert.doesNotMatch(JSON.stringify(await backend.store.listAudit({ limit: 100 })), /abcdefghij|hush-hush/)
    await backend.call('DELETE', '/settings/fb_token')
  })

  it('tell what is wrong, and nothing is written', async () => {
    const before = (await backend.call('GET', '/settings')).body
    for (const [payload, at] of [
      [{}, 'base'],
      [{ timezone: 'Mars/Base', audit_ttl: 1 }, 'timezone'],
      [{ timezone: 5 }, 'timezone'],
      [{ audit_ttl: -1 }, 'audit_ttl'],
      [{ audit_ttl: null }, 'audit_ttl'],
      [{ admin_ip_whitelist: 'nonsense' }, 'admin_ip_whitelist'],
      [{ admin_ip_whitelist: { a: 1 } }, 'admin_ip_whitelist'],
      [{ currency: 'euro!' }, 'currency'],
      [{ currency: 'XYZ' }, 'currency'],
      [{ currency_rates_url: 'ftp://x' }, 'currency_rates_url'],
      [{ postback_key: 'another' }, 'postback_key'],
      [{ lp_offer_token_ttl: 0 }, 'lp_offer_token_ttl'],
      [{ "x'; DROP TABLE meta": 1 }, "x'; DROP TABLE meta"],
      [{ ok_key: 'x'.repeat(66_000) }, 'ok_key'],
    ] as const) {
      const { status, body } = await backend.call('POST', '/settings', payload)
      assert.equal(status, 406, JSON.stringify(payload).slice(0, 100))
      assert.deepEqual(Object.keys(body), [at])
    }
    assert.equal((await backend.call('POST', '/settings', '{"a":')).status, 400)
    assert.equal((await backend.call('POST', '/settings', '[1]')).status, 400)
    assert.equal((await backend.call('PUT', '/settings/timezone', {})).status, 406)
    assert.equal((await backend.call('PUT', '/settings/__proto__', '{"value":1}')).status, 406)
    for (const key of ['nothing', 'constructor', '__proto__'])
      for (const method of ['GET', 'DELETE'] as const)
        assert.equal((await backend.call(method, `/settings/${key}`)).status, 404)
    assert.deepEqual((await backend.call('GET', '/settings')).body, before)
  })
})

describe('admin_ip_whitelist', () => {
  it('keeps others out everywhere, never the machine itself, and never who writes it', async () => {
    const backend = await openTestBackend()
    const from = (remoteAddress: string, url = '/admin_api/v1/users/me') =>
      backend.app.inject({ url, remoteAddress, headers: { 'api-key': TEST_KEY } })
    assert.equal((await from('198.51.100.7')).statusCode, 200)
    const write = (value: string) => ({ remoteAddress: '198.51.100.7', payload: JSON.stringify({ value }) })
    const path = '/settings/admin_ip_whitelist'
    const out = await backend.call('PUT', path, undefined, write('203.0.113.0/24'))
    assert.equal(out.status, 406)
    assert.match(out.body.admin_ip_whitelist[0], /198\.51\.100\.7/)
    const set = await backend.call('PUT', path, undefined, write('203.0.113.0/24, 198.51.100.7\n2001:db8::/32'))
    assert.deepEqual(set.body.value, ['203.0.113.0/24', '198.51.100.7', '2001:db8::/32'])
    for (const ip of ['198.51.100.7', '203.0.113.9', '2001:db8::1', '127.0.0.1', '::1', '::ffff:127.0.0.1'])
      assert.equal((await from(ip)).statusCode, 200, ip)
    for (const url of [
      '/admin_api/v1/users/me',
      '/admin_api/v1/auth/login',
      '/admin',
      '/admin/setup',
      '/admin_api/v1/x',
    ]) {
      const refused = await from('198.51.100.8', url)
      assert.equal(refused.statusCode, 403, url)
      assert.match(refused.json().error, /198\.51\.100\.8.*admin_ip_whitelist/)
    }
    assert.equal((await backend.call('DELETE', path)).status, 200)
    assert.equal((await from('198.51.100.8')).statusCode, 200)
    await backend.close()
  })
})
