import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { openTestBackend, TEST_KEY, type TestBackend } from '../testing.ts'

let backend: TestBackend
before(async () => {
  backend = await openTestBackend()
  await backend.create('campaigns', { alias: 'tea', name: 'Tea' })
})
after(() => backend.close())

const hintsOf = async (path: string, payload: object): Promise<string> => {
  const reply = await backend.app.inject({
    method: 'POST',
    url: `/admin_api/v1${path}`,
    headers: { 'api-key': TEST_KEY },
    payload: JSON.stringify(payload),
  })
  assert.equal(reply.statusCode, 200, reply.body)
  return [reply.headers['trackyard-hint'] ?? []].flat().join('\n')
}

const KINDS = {
  offers: { name: 'Archived', url: 'https://tea.example/' },
  landing_pages: { name: 'Archived', url: 'https://tea.example/' },
  landings: { name: 'Archived', url: 'https://tea.example/' },
  affiliate_networks: { name: 'Archived' },
  traffic_sources: { name: 'Archived' },
} as const

describe('what is archived', () => {
  for (const [kind, fields] of Object.entries(KINDS))
    it(`is listed and can be restored: ${kind}`, async () => {
      const { id } = await backend.create(kind, fields)
      assert.equal((await backend.call('DELETE', `/${kind}/${id}`)).status, 200)
      const { body: archived } = await backend.call('GET', `/${kind}/deleted`)
      assert.ok(archived.some((one: { id: number }) => one.id === id))
      assert.equal((await backend.call('POST', `/${kind}/${id}/restore`)).status, 200)
      assert.equal((await backend.call('GET', `/${kind}/${id}`)).body.state, 'active')
      assert.equal((await backend.call('POST', `/${kind}/${id}/archive`)).status, 200)
      assert.equal((await backend.call('GET', `/${kind}/${id}`)).body.state, 'deleted')
      assert.equal((await backend.call('POST', `/${kind}/999/restore`)).status, 404)
      await backend.call('DELETE', `/${kind}/${id}`)
    })

  it('is so by its state, too, under any of three words', async () => {
    const { id } = await backend.create('offers', KINDS.offers)
    for (const state of ['archived', 'removed', 'deleted']) {
      assert.equal((await backend.call('PUT', `/offers/${id}`, { state: 'active' })).status, 200)
      assert.equal((await backend.call('PUT', `/offers/${id}`, { state })).body.state, 'deleted')
    }
  })

  it('cannot be named anew, and the answer says why', async () => {
    const { id } = await backend.create('offers', { ...KINDS.offers, state: 'archived' })
    const page = await backend.create('landing_pages', { ...KINDS.landing_pages, state: 'archived' })
    const stream = { campaign_id: 1, offers: [{ offer_id: id }], landings: [{ landing_id: page.id }] }
    const { status, body } = await backend.call('POST', '/streams', stream)
    assert.equal(status, 406)
    assert.deepEqual(body, {
      'landings.0.landing_id': [`Landing page ${page.id} is archived: restore it or name another`],
      'offers.0.offer_id': [`Offer ${id} is archived: restore it or name another`],
    })
    const unknown = await backend.call('POST', '/streams', { campaign_id: 1, offers: [{ offer_id: 999 }] })
    assert.deepEqual(unknown.body, { 'offers.0.offer_id': ['There is no offer 999'] })
  })
})

describe('an offer that leads nowhere yet', () => {
  it('is saved with a hint', async () => {
    assert.match(
      await hintsOf('/offers', { name: 'A', link: 'https://x.example/' }),
      /The offer has no URL yet.*set url/,
    )
    assert.match(
      await hintsOf('/landing_pages', { name: 'B', landing_type: 'local', action_type: 'local_file' }),
      /no files/,
    )
    assert.equal(await hintsOf('/offers', { name: 'C', url: 'https://x.example/' }), '')
  })
})

describe('a path that is there with a parameter or another method', () => {
  for (const [method, path, cure] of [
    ['GET', '/clicks//explain', 'name the sub_id, as in /clicks/{sub_id}/explain'],
    ['POST', '/offers//restore', 'name the id, as in /offers/{id}/restore'],
    ['POST', '/offers/restore', 'name the id, as in /offers/{id}/restore'],
    ['PUT', '/campaigns', 'name the id, as in /campaigns/{id}'],
    ['GET', '/report/build', 'use POST'],
    ['GET', '/clicks/log', 'use POST'],
    ['POST', '/streams/search/', 'use GET'],
    ['GET', '/streams/copy', 'use POST'],
    ['POST', '/campaigns/1', 'use GET, PUT or DELETE'],
  ] as const)
    it(`${method} ${path}`, async () => {
      const { status, body } = await backend.call(method, path)
      assert.equal(status, 404)
      assert.equal(body.error, `There is nothing at ${method} /admin_api/v1${path}: ${cure}.`)
    })
  it('doubled slashes elsewhere are still one', async () =>
    assert.equal((await backend.call('GET', '//campaigns')).status, 200))
})
