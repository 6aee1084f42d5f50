import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { openTestBackend, type TestBackend } from '../testing.ts'

describe('the documentation page', () => {
  let backend: TestBackend
  before(async () => {
    backend = await openTestBackend()
  })
  after(() => backend.close())

  it('is there for everybody, says nothing secret and runs scripts of ours only', async () => {
    const page = await backend.app.inject({ url: '/admin_api/v1/docs' })
    assert.equal(page.statusCode, 200)
    assert.match(String(page.headers['content-security-policy']), /default-src 'none'; script-src 'self';/)
    assert.doesNotMatch(page.body, /<script>|campaigns|data-session|log in/)
    const files = [...page.body.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map((match) => match[1] ?? '')
    assert.equal(files.length, 4)
    for (const url of files) {
      const file = await backend.app.inject({ url })
      assert.equal(file.statusCode, 200, url)
      assert.match(String(file.headers['content-type']), url.endsWith('.js') ? /javascript/ : /css/)
      assert.doesNotMatch(file.body.slice(-200), /sourceMappingURL=http/)
    }
  })
  it('knows a browser that is logged in', async () => {
    const page = await backend.app.inject({ url: '/admin_api/v1/docs', headers: { cookie: 'trackyard_session=abc' } })
    assert.match(page.body, /<body data-session>/)
  })
})
