import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { after, before, describe, it } from 'node:test'
import { Script } from 'node:vm'
import { z } from 'zod'
import { openTestBackend, type TestBackend } from '../testing.ts'

const list = z.array(
  z.object({ key: z.string(), title: z.string(), help: z.string(), code: z.string(), language: z.string() }),
)
const PHP = spawnSync('php', ['-v']).status === 0

describe('/campaigns/:id/snippets', () => {
  let backend: TestBackend
  let id = 0
  before(async () => {
    backend = await openTestBackend()
    const source = await backend.create('traffic_sources', {
      name: 'Ads',
      parameters: { sub_id_1: { name: 'zone', placeholder: '{zone}' }, cost: { name: 'bid', placeholder: '{price}' } },
    })
    const campaign = await backend.create('campaigns', {
      name: 'Spring',
      alias: 'spring',
      token: "it's \\ a 'token'",
      traffic_source_id: source.id,
      parameters: { cost: { name: 'c', placeholder: '{cost}' }, keyword: { name: 'q' } },
    })
    id = campaign.id
  })
  after(() => backend.close())
  const ask = async (query = ''): Promise<Map<string, string>> => {
    const { status, body } = await backend.call('GET', `/campaigns/${id}/snippets${query}`)
    assert.equal(status, 200, JSON.stringify(body))
    return new Map(list.parse(body).map(({ key, code }) => [key, code]))
  }

  it('are filled in with domain, parameters, token and postback key', async () => {
    const asked = await ask('?origin=https://go.example:8443/')
    assert.equal(asked.get('link'), 'https://go.example:8443/spring?zone={zone}&c={cost}')
    assert.match(asked.get('postback_url') ?? '', /^https:\/\/go\.example:8443\/pbkey123\/postback\?subid=/)
    assert.match((await ask()).get('link') ?? '', /^https:\/\/YOUR_DOMAIN\/spring/)
    const domain = await backend.create('domains', { name: 'trk.example' })
    await backend.create('domains', { name: 'other.example', ssl_redirect: true })
    assert.match((await ask()).get('link') ?? '', /^http:\/\/trk\.example\/spring/)
    const other = Number((await backend.call('GET', '/domains')).body.at(-1).id)
    assert.notEqual(other, domain.id)
    await backend.call('PUT', `/campaigns/${id}`, { domain_id: other })
    assert.match((await ask()).get('pixel') ?? '', /src="https:\/\/other\.example\/spring\?return=pixel"/)
  })

  it('are code that their languages take', async () => {
    const { body } = await backend.call('GET', `/campaigns/${id}/snippets`)
    for (const { key, code, language, title, help } of list.parse(body)) {
      assert.ok(code.length > 10 && title !== '' && help.endsWith('.'), key)
      for (const [, script = ''] of code.matchAll(/<script>(.*?)<\/script>/gs)) new Script(script, { filename: key })
      if (language === 'php' && PHP) {
        const checked = spawnSync('php', ['-l'], { input: code, encoding: 'utf8' })
        assert.equal(checked.status, 0, `${key}: ${checked.stdout}`)
      }
    }
    const made = (await ask()).get('php_client') ?? ''
    assert.ok(made.includes(String.raw`'it\'s \\ a \'token\''`), made)
  })

  it('keep the postback key from those who set up no networks', async () => {
    const user = {
      login: 'ann',
      type: 'USER',
      new_password: 'long enough 1',
      new_password_confirmation: 'long enough 1',
    }
    const { id: userId } = await backend.create('users', user)
    const access_data = { campaigns_access_type: 'read_only' }
    await backend.call('PUT', `/users/${userId}/access`, { access_data })
    const { key } = await backend.create(`users/${userId}/api_keys`, { name: 'key' })
    const reply = await backend.call('GET', `/campaigns/${id}/snippets`, undefined, { headers: { 'api-key': key } })
    if (reply.status === 200) assert.doesNotMatch(JSON.stringify(reply.body), /pbkey123/)
    else assert.ok([403, 404].includes(reply.status))
  })

  it('bad questions are answered by naming field and cure', async () => {
    for (const path of ['/campaigns/999/snippets', '/campaigns/0/snippets', '/campaigns/x/snippets'])
      assert.equal((await backend.call('GET', path)).status, 404, path)
    const wrong = [
      'go.example',
      'javascript:alert(1)',
      'https://a b',
      "https://x'+alert(1)+'",
      'https://x/path',
      'ftp://x',
      '1',
    ]
    for (const origin of wrong) {
      const { status, body } = await backend.call(
        'GET',
        `/campaigns/${id}/snippets?origin=${encodeURIComponent(origin)}`,
      )
      assert.equal(status, 406, origin)
      assert.match(JSON.stringify(body), /origin.*scheme and host such as/, origin)
    }
    for (const origin of [{ a: 1 }, ['x'], true])
      assert.equal((await backend.call('GET', `/campaigns/${id}/snippets`, { origin })).status, 406)
  })
})
