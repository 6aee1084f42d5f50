import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { loadPostbackRules } from '../load-postback-rules.ts'
import { openTestBackend, TEST_KEY, type TestBackend } from '../testing.ts'

describe('/postbacks', () => {
  let backend: TestBackend
  let server: Server
  let base = ''
  const seen: { url: string | undefined; method: string | undefined; key: unknown; body: string }[] = []
  before(async () => {
    backend = await openTestBackend({ allowPrivateTargets: true })
    server = createServer((request, response) => {
      let body = ''
      request.on('data', (chunk: Buffer) => {
        body += String(chunk)
      })
      request.on('end', () => {
        seen.push({ url: request.url, method: request.method, key: request.headers['x-postback-key'], body })
        response.statusCode = request.url?.includes('fail') ? 503 : 200
        response.end('x'.repeat(5000))
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  after(async () => {
    server.close()
    await backend.close()
  })

  it('are created, read, listed, changed, put back whole and deleted', async () => {
    const made = await backend.create('postbacks', {
      name: 'To CRM',
      url: 'https://crm.example/p?s={sub_id_1}&st={status}&r={revenue}',
      campaigns: '312,313',
      countries: ['mx'],
      key: 'sesame',
      headers: [{ name: 'Authorization', value: 'Bearer abc' }],
      postback_key: 'sesame',
    })
    assert.partialDeepStrictEqual(made, {
      status: 'active',
      trigger: 'any',
      method: 'GET',
      campaigns: '312,313',
      countries: 'MX',
      key: 'sesame',
      timeout: 10,
      headers: { Authorization: 'Bearer abc' },
    })
    assert.ok(!('state' in made))
    assert.deepEqual((await backend.call('GET', `/postbacks/${made.id}`)).body, made)
    assert.deepEqual((await backend.call('GET', '/postbacks')).body, [made])
    const put = await backend.call('PUT', `/postbacks/${made.id}`, { ...made, status: 'inactive' })
    assert.deepEqual({ ...put.body, updated_at: '' }, { ...made, status: 'inactive', updated_at: '' })
    const audit = JSON.stringify((await backend.call('GET', '/logs/audit', { entity: 'postbacks' })).body)
    assert.doesNotMatch(audit, /sesame|Bearer/)
    assert.equal((await backend.call('DELETE', `/postbacks/${made.id}`)).status, 200)
    assert.equal((await backend.call('GET', `/postbacks/${made.id}`)).status, 404)
    assert.deepEqual((await backend.call('GET', '/postbacks')).body, [])
  })

  it('tell what is wrong with them, and nothing is written', async () => {
    for (const [payload, at] of [
      [{}, 'name'],
      [{ name: 'x' }, 'url'],
      [{ name: 'x', url: 'ftp://a.example' }, 'url'],
      [{ name: 'x', url: 'https://{source}.example/' }, 'url'],
      [{ name: { $gt: '' }, url: 'https://a.example/' }, 'name'],
      [{ name: 'x', url: 'https://a.example/', trigger: "'; DROP TABLE postbacks" }, 'trigger'],
      [{ name: 'x', url: 'https://a.example/', timeout: 'x' }, 'timeout'],
      [{ name: 'x', url: 'https://a.example/', headers: { 'A\r\nB': 'x' } }, 'headers'],
    ] as const) {
      const { status, body } = await backend.call('POST', '/postbacks', payload)
      assert.equal(status, 406, JSON.stringify(payload))
      assert.ok(at in body, JSON.stringify(body))
    }
    assert.deepEqual((await backend.call('GET', '/postbacks')).body, [])
    for (const path of ['/postbacks/99', '/postbacks/x'])
      for (const method of ['GET', 'PUT', 'DELETE'] as const)
        assert.equal((await backend.call(method, path)).status, 404)
  })

  it('list words that mean a status in the whole account, whether they are active or not', async () => {
    const words = async () => (await loadPostbackRules(backend.store, false)).words.map((pair) => pair.join(' '))
    const save = async (method: 'POST' | 'PUT', path: string, payload: object) => {
      const headers = { 'api-key': TEST_KEY }
      const reply = await backend.app.inject({ method, url: `/admin_api/v1/postbacks${path}`, headers, payload })
      assert.equal(reply.statusCode, 200, reply.body)
      const { id } = reply.json()
      return { id, hints: [reply.headers['trackyard-hint'] ?? []].flat() }
    }
    const fields = { name: 'Words', url: 'https://crm.example/hook' }
    const lists = { sale_statuses: 'Paid, first_dep', registration_statuses: ['signup'] }
    const first = await save('POST', '', { ...fields, ...lists, status: 'inactive' })
    assert.deepEqual(first.hints, [])
    assert.deepEqual(await words(), ['paid sale', 'first_dep sale', 'signup registration'])
    const second = await save('POST', '', { ...fields, lead_statuses: 'paid,deposit', rejected_statuses: 'fraud' })
    assert.deepEqual(second.hints, [
      'lead_statuses: paid is listed for sale as well, which goes first.',
      'lead_statuses: deposit is a status; from now on incoming postbacks that say it are about a lead.',
    ])
    const all = ['paid sale', 'first_dep sale', 'deposit lead', 'fraud rejected', 'signup registration']
    assert.deepEqual(await words(), all)
    await backend.call('DELETE', `/postbacks/${first.id}`)
    assert.deepEqual(await words(), ['paid lead', 'deposit lead', 'fraud rejected'])
    await backend.call('DELETE', `/postbacks/${second.id}`)
    assert.deepEqual(await words(), [])
  })

  it('are tried out with a sample conversion', async () => {
    const { id } = await backend.create('postbacks', {
      name: 'Try',
      url: `${base}/in?s={sub_id_1}&st={status}&r={revenue}&c={country}`,
      trigger: 'leads',
      countries: 'DE',
      params: { x: '{tid}' },
    })
    const { status, body } = await backend.call('POST', `/postbacks/${id}/test`)
    assert.equal(status, 200)
    const { duration_ms: _duration, ...answer } = body
    assert.deepEqual(answer, {
      success: true,
      request: {
        method: 'GET',
        url: `${base}/in?s=test_sub_id_1&st=lead&r=12.5&c=DE&x=test-1`,
        headers: { 'user-agent': 'Trackyard' },
        body: null,
      },
      status: 200,
      body: 'x'.repeat(2000),
      redirects: [],
      error: null,
      not_sent_because: null,
    })
    const sale = await backend.call('POST', `/postbacks/${id}/test`, { status: 'sale', revenue: '7', tid: 5 })
    assert.match(sale.body.request.url, /st=sale&r=7&c=DE&x=5$/)
    assert.match(sale.body.not_sent_because, /status sale is not among/)
    await backend.call('PUT', `/postbacks/${id}`, { method: 'POST', key: 'k1', url: `${base}/fail?a=1` })
    const failed = await backend.call('POST', `/postbacks/${id}/test`)
    assert.partialDeepStrictEqual(failed.body, {
      success: false,
      status: 503,
      error: 'the receiver answered with status 503',
    })
    assert.deepEqual(seen.at(-1), { method: 'POST', url: '/fail', key: 'k1', body: 'a=1&x=test-1' })
  })

  it('tell what is wrong with a test', async () => {
    const { id } = await backend.create('postbacks', { name: 'Dead', url: 'http://127.0.0.1:1/' })
    assert.match((await backend.call('POST', `/postbacks/${id}/test`)).body.error, /nothing listens there/)
    for (const [payload, at] of [
      [{ status: 'nonsense' }, 'status'],
      [{ revenue: 'much' }, 'revenue'],
      [{ tid: { a: 1 } }, 'tid'],
    ] as const) {
      const { status, body } = await backend.call('POST', `/postbacks/${id}/test`, payload)
      assert.deepEqual([status, Object.keys(body)], [406, [at]])
    }
    assert.equal((await backend.call('POST', '/postbacks/99/test')).status, 404)
    const strict = await openTestBackend()
    const made = await strict.create('postbacks', { name: 'In', url: `${base}/in` })
    const { body } = await strict.call('POST', `/postbacks/${made.id}/test`)
    assert.match(body.error, /private address/)
    await strict.close()
  })

  it('keep the signing secret sealed, show it masked, and take it back as it was shown', async () => {
    const secret = Buffer.alloc(24, 1).toString('base64')
    const fields = { name: 'Signed', url: `${base}/in`, method: 'POST' }
    const made = await backend.create('postbacks', { ...fields, signing_secret: `whsec_${secret}` })
    assert.equal(made.signing_secret, '********')
    const sealed = (await backend.store.get('postbacks', made.id))?.signing_secret ?? ''
    assert.match(sealed, /^v1:/)
    await backend.call('PUT', `/postbacks/${made.id}`, { ...made, name: 'Renamed' })
    assert.equal((await backend.store.get('postbacks', made.id))?.signing_secret, sealed)
    for (const wrong of ['short', 'whsec_', secret.slice(0, 20), `${secret}!`, 'v1:abc']) {
      const { status, body } = await backend.call('PUT', `/postbacks/${made.id}`, { signing_secret: wrong })
      assert.deepEqual([status, Object.keys(body)], [406, ['signing_secret']], wrong)
    }
    assert.equal((await backend.store.get('postbacks', made.id))?.signing_secret, sealed)
    const [noted] = (await backend.call('GET', `/logs/audit?entity=postbacks:${made.id}`)).body
    assert.doesNotMatch(JSON.stringify(noted), /v1:|whsec/)
    const tried = await backend.call('POST', `/postbacks/${made.id}/test`)
    assert.match(tried.body.request.headers['webhook-signature'], /^v1,/)
    const cleared = await backend.call('PUT', `/postbacks/${made.id}`, { signing_secret: '' })
    assert.equal(cleared.body.signing_secret, '')
  })

  it('of a campaign keep their ids, whatever form they are sent in', async () => {
    const url = 'https://pb.example/?c={external_id}'
    const made = await backend.create('campaigns', {
      ...{ name: 'C', alias: 'with-postbacks' },
      postbacks: [{ url, method: 'get', statuses: 'lead, sale' }, { url: 'https://other.example/' }],
    })
    const [one, two] = made.postbacks
    assert.deepEqual(one, {
      ...{ id: one.id, campaign_id: made.id, url, method: 'GET', statuses: ['lead', 'sale'], status: 'active' },
    })
    const put = async (postbacks: unknown) => {
      const { status, body } = await backend.call('PUT', `/campaigns/${made.id}`, { postbacks })
      assert.equal(status, 200, JSON.stringify(body))
      return body.postbacks.map(({ id }: { id: number }) => id)
    }
    assert.deepEqual(await put(made.postbacks), [one.id, two.id])
    const later = await put([{ url: 'https://new.example/' }, { url }, { id: 999, url }, { ...two, url }, two])
    assert.deepEqual([later[1], later[3]], [one.id, two.id])
    assert.equal(new Set(later).size, 5)
    const copy = (await backend.call('POST', `/campaigns/${made.id}/clone`)).body
    const copied = [copy].flat()[0]
    assert.equal(copied.postbacks.length, 5)
    assert.ok(copied.postbacks.every(({ id }: { id: number }) => !later.includes(id)))
    assert.deepEqual(await put([]), [])
    for (const postbacks of [
      'x',
      [1],
      [{ url: 'https://{source}/' }],
      [{ url, method: 'PUT' }],
      [{ url, statuses: [{}] }],
    ]) {
      const { status, body } = await backend.call('PUT', `/campaigns/${made.id}`, { postbacks })
      assert.equal(status, 406, JSON.stringify(postbacks))
      assert.match(Object.keys(body)[0] ?? '', /^postbacks/)
    }
  })
})
