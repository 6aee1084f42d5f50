import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { openTestBackend, type TestBackend } from '../testing.ts'

let backend: TestBackend
before(async () => {
  backend = await openTestBackend()
})
after(() => backend.close())
beforeEach(async () => {
  assert.equal((await backend.call('DELETE', '/botlist')).status, 200)
})
const list = async (): Promise<string[]> => {
  const { value } = (await backend.call('GET', '/botlist')).body
  return value === '' ? [] : value.split('\n')
}
const send = async (method: 'PUT' | 'POST', path: string, value: unknown) =>
  (await backend.call(method, path, { value })).body

describe('/botlist', () => {
  it('is replaced, added to and emptied as text; an entry written twice is one', async () => {
    const text = '203.0.113.7\r\n5.6.0.0/16\n\n# crawlers\n2001:DB8::1\n203.0.113.7'
    assert.deepEqual(await send('PUT', '/botlist', text), { count: 3 })
    assert.deepEqual(await list(), ['203.0.113.7', '5.6.0.0/16', '2001:db8::1'])
    assert.deepEqual(await send('POST', '/botlist/add', '9.9.9.9, 5.6.0.0/16 8.8.8.8-8.8.8.10\nua:HeadlessX 1'), {
      count: 6,
    })
    assert.deepEqual((await list()).slice(3), ['9.9.9.9', '8.8.8.8-8.8.8.10', 'ua:HeadlessX 1'])
    assert.deepEqual(await send('PUT', '/botlist', '9.9.9.9'), { count: 1 })
    assert.deepEqual((await backend.call('DELETE', '/botlist')).body, { count: 0 })
    assert.deepEqual(await list(), [])
  })
  it('takes lists of lines, and the list some clients call ips', async () => {
    assert.deepEqual(await send('PUT', '/botlist', ['1.1.1.1', '2.2.2.2']), { count: 2 })
    assert.deepEqual((await backend.call('POST', '/botlist/add', { ips: ['3.3.3.3'] })).body, { count: 3 })
  })
  it('takes out of blocks what is excluded', async () => {
    await send('PUT', '/botlist', '10.0.0.0/30\n1.1.1.1\n2001:db8::/127\nua:Foo\nua:Bar')
    assert.deepEqual(await send('POST', '/botlist/exclude', '10.0.0.1\n1.0.0.0/8\nua:foo\n2001:db8::1'), { count: 4 })
    assert.deepEqual(await list(), ['ua:Bar', '10.0.0.0', '10.0.0.2-10.0.0.3', '2001:db8::'])
    assert.deepEqual(await send('POST', '/botlist/exclude', '99.99.99.99'), { count: 4 }, 'what is not on it')
  })
  it('is one list with /bots: entries keep their id and name', async () => {
    const made = await backend.create('bots', { value: '7.7.7.7/32', name: 'Lab' })
    assert.partialDeepStrictEqual(made, { value: '7.7.7.7', name: 'Lab', type: 'ip' })
    assert.equal('state' in made, false)
    await send('PUT', '/botlist', '7.7.7.7\n8.8.8.8')
    assert.equal((await backend.call('GET', `/bots/${made.id}`)).body.name, 'Lab')
    const other = (await backend.call('GET', '/bots')).body.find(({ value }: { value: string }) => value === '8.8.8.8')
    assert.equal((await backend.call('PUT', `/bots/${other.id}`, { value: '8.8.8.9', name: 'Other' })).status, 200)
    assert.deepEqual(await list(), ['7.7.7.7', '8.8.8.9'])
    assert.equal((await backend.call('DELETE', `/bots/${other.id}`)).status, 200)
    assert.equal((await backend.call('GET', `/bots/${other.id}`)).status, 404)
    assert.deepEqual(await list(), ['7.7.7.7'])
  })
  it('/bots takes the other forms clients have, and comes in pages', async () => {
    const values = []
    for (const input of [
      { ip: '1.2.3.4' },
      { user_agent: 'Foo' },
      { type: 'user_agent', value: 'Bar' },
      { type: 'ip', value: '4.4.4.4' },
      { value: 'ua:Baz', type: 'user_agent' },
    ])
      values.push((await backend.create('bots', input)).value)
    assert.deepEqual(values, ['1.2.3.4', 'ua:Foo', 'ua:Bar', '4.4.4.4', 'ua:Baz'])
    const page = (await backend.call('GET', '/bots?limit=2&offset=1')).body
    assert.deepEqual(
      page.map(({ value }: { value: string }) => value),
      ['ua:Foo', 'ua:Bar'],
    )
    assert.deepEqual((await backend.call('POST', '/bots', { value: '1.2.3.4' })).body, {
      value: [`Value is already used by bot ${page[0].id - 1}`],
    })
  })
  it('refuses what it cannot read, names the line, and changes nothing', async () => {
    await send('PUT', '/botlist', '1.1.1.1')
    const bodies: readonly [body: unknown, says: RegExp][] = [
      [{}, /required/],
      [{ value: null }, /required/],
      [{ value: 5 }, /required/],
      [{ value: { a: 1 } }, /required/],
      [{ value: [1] }, /required/],
      [{ value: '' }, /DELETE \/botlist/],
      [{ value: '# only a remark' }, /DELETE \/botlist/],
      [{ value: '2.2.2.2\n1.2.3.999' }, /Line 2: 1\.2\.3\.999 is not an address/],
      [{ value: "'; DROP TABLE bots; --" }, /Line 1: .*is not an address/],
      [{ value: '2.2.2.2\nGooglebot' }, /write ua:TEXT/],
      [{ value: '0.0.0.0/0' }, /every address/],
      [{ value: 'ua:*' }, /every user agent/],
      [{ value: 'ua:/(?<=x)/' }, /regular expression/],
      [{ value: `ua:${'x'.repeat(600)}` }, /longer than/],
      [{ value: Array.from({ length: 9 }, (_, i) => `x${i}`).join('\n') }, /4 more entries/],
    ]
    for (const [body, says] of bodies) {
      for (const [method, path] of [
        ['PUT', '/botlist'],
        ['POST', '/botlist/add'],
        ['POST', '/botlist/exclude'],
      ] as const) {
        const { status, body: answer } = await backend.call(method, path, body)
        assert.equal(status, 406, `${path} ${JSON.stringify(body)}`)
        assert.match(answer.value.join(' '), says)
      }
    }
    for (const [input, says] of [
      [{}, /required/],
      [{ value: 'x' }, /is not an address/],
      [{ value: ['x'] }, /is not an address/],
      [{ ip: 'x' }, /is not an address/],
      [{ value: "1' OR 1=1" }, /is not an address/],
    ] as const) {
      const { status, body } = await backend.call('POST', '/bots', input)
      assert.deepEqual([status, Object.keys(body)], [406, ['value']], JSON.stringify(input))
      assert.match(body.value[0], says)
    }
    for (const path of ['/bots/999', '/bots/0', '/bots/abc']) {
      assert.equal((await backend.call('GET', path)).status, 404)
      assert.equal((await backend.call('PUT', path, { value: '5.5.5.5' })).status, 404)
      assert.equal((await backend.call('DELETE', path)).status, 404)
    }
    assert.deepEqual(await list(), ['1.1.1.1'])
  })
  it('is in the audit log as one line for one change', async () => {
    const lines = Array.from({ length: 1200 }, (_, i) => `10.0.${i >> 8}.${i & 255}`)
    assert.deepEqual(await send('PUT', '/botlist', lines.join('\n')), { count: 1200 })
    const [row] = await backend.store.listAudit({ limit: 1 })
    assert.partialDeepStrictEqual(row, { kind: 'bots', action: 'create', entityId: 0 })
    assert.equal(await backend.store.count('bots'), 1200)
  })
})
