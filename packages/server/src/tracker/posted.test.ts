import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { openTestTracker, type TestTracker } from '../test-tracker.ts'

const FORM = 'application/x-www-form-urlencoded'

describe('visits by POST', () => {
  let tracker: TestTracker
  before(async () => {
    tracker = await openTestTracker()
    const parameters = { sub_id_1: { name: 'zone' } }
    const { id } = await tracker.create('campaigns', { alias: 'go', name: 'Go', parameters })
    const action_payload = 'https://shop.example/?z={sub_id_1}&k={keyword}'
    await tracker.create('streams', { campaign_id: id, schema: 'redirect', action_payload })
    await tracker.live()
  })
  after(() => tracker.close())

  const cases: readonly [name: string, url: string, type: string, body: string | null, location: string][] = [
    ['a form fills slots', '', FORM, 'zone=7&keyword=red+shoes', 'z=7&k=red%20shoes'],
    ['the URL goes before the body', '?zone=1', FORM, 'zone=7&keyword=a', 'z=1&k=a'],
    ['JSON does the same', '', 'application/json; charset=utf-8', '{"zone":7,"keyword":"é"}', 'z=7&k=%C3%A9'],
    ['multipart does, too', '', 'multipart/form-data; boundary=b', part('zone', '7'), 'z=7&k='],
    ['names of prototypes are names', '', FORM, '__proto__=1&zone=7', 'z=7&k='],
    ['a body that cannot be read is none', '?zone=1', 'application/json', '{"zone":', 'z=1&k='],
    ['JSON that is no object is none', '?zone=1', 'application/json', '[1]', 'z=1&k='],
    ['one that is too long is none', '?zone=1', FORM, null, 'z=1&k='],
    ['no body', '?zone=1', '', '', 'z=1&k='],
  ]
  for (const [name, query, type, body, location] of cases)
    it(name, async () => {
      const visited = await tracker.visitLater(`https://go.example/go${query}`, {
        method: 'POST',
        headers: { 'content-type': type },
        body,
      })
      assert.equal(visited.location, `https://shop.example/?${location}`)
      assert.equal(visited.recorded, 'c')
    })
  it('changes of a click may be said in the body, too', async () => {
    const subId = tracker.visit('https://go.example/go').cookies._subid ?? ''
    const bodies: readonly [query: string, type: string, body: string][] = [
      ['', FORM, `_update_tokens=1&sub_id=${subId}&sub_id_2=later`],
      ['?_update_tokens=1', FORM, `sub_id=${subId}&sub_id_2=later`],
      [`?_update_tokens=1&sub_id=${subId}`, 'application/json', '{"sub_id_2":"later"}'],
    ]
    for (const [query, type, body] of bodies) {
      const headers = { 'content-type': type }
      const { status, recorded } = await tracker.visitLater(`https://go.example/${query}`, {
        method: 'POST',
        headers,
        body,
      })
      assert.deepEqual([status, recorded], [200, 'u'], `${query} ${body}`)
    }
  })
  it('by GET no body is waited for', () => {
    const visited = tracker.visit('https://go.example/go', { headers: { 'content-type': FORM }, body: 'zone=7' })
    assert.equal(visited.location, 'https://shop.example/?z=&k=')
  })
})

function part(name: string, value: string): string {
  return `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n--b--\r\n`
}
