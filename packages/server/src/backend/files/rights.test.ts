import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { openTestBackend, type TestBackend } from '../testing.ts'
import { zipOf } from './testing.ts'

let backend: TestBackend
before(async () => {
  backend = await openTestBackend()
})
after(() => backend.close())

const archive = zipOf({ 'index.html': 'secret page' }).toString('base64')
const WRITES = [
  ['POST', 'add_file'],
  ['PUT', 'update_file'],
  ['DELETE', 'remove_file'],
] as const
const READS = ['get_file', 'get_structure', 'download', 'preview']

const keys = new Map<string, { headers: { 'api-key': string } }>()

async function keyOf(access: string): Promise<{ headers: { 'api-key': string } }> {
  const password = { new_password: 'long-enough', new_password_confirmation: 'long-enough' }
  const access_data = { landings_access_type: access, offers_access_type: access }
  const user = await backend.create('users', { login: access, type: 'USER', ...password, access_data })
  const { body } = await backend.call('POST', `/users/${user.id}/api_keys`, { name: 'x' })
  return { headers: { 'api-key': body.key } }
}

describe('rights on files', () => {
  for (const kind of ['landing_pages', 'offers'] as const) {
    it(`of ${kind} are those on the entity`, async () => {
      const made = await backend.create(kind, { name: 'Secret', archive })
      const expected = { read_only: [200, 403], own: [404, 404], none: [404, 404], full_access: [200, 200] } as const
      for (const [access, [reading, writing]] of Object.entries(expected)) {
        const key = keys.get(access) ?? (await keyOf(access))
        keys.set(access, key)
        for (const name of READS) {
          const url = `/admin_api/v1/${kind}/${made.id}/${name}?path=index.html`
          const reply = await backend.app.inject({ url, headers: key.headers })
          assert.equal(reply.statusCode, reading, `${access} ${name}`)
          if (reading !== 200) assert.doesNotMatch(reply.body, /secret page/)
        }
        for (const [method, name] of WRITES) {
          const body = { path: name === 'add_file' ? 'a.txt' : 'b.txt', data: 'x' }
          if (access === 'full_access') await backend.call('POST', `/${kind}/${made.id}/add_file`, { path: 'b.txt' })
          const reply = await backend.call(method, `/${kind}/${made.id}/${name}`, body, key)
          assert.equal(reply.status, writing, `${access} ${name}`)
        }
        const changed = await backend.call('PUT', `/${kind}/${made.id}`, { archive }, key)
        assert.equal(changed.status, writing, `${access} upload`)
        if (writing !== 200) {
          const { body } = await backend.call('GET', `/${kind}/${made.id}`)
          assert.deepEqual(body, made)
        }
      }
      const reading = keys.get('read_only')
      assert.equal((await backend.call('POST', `/${kind}`, { name: 'x', archive }, reading)).status, 403)
    })
  }
})
