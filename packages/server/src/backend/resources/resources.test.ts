import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { openTestBackend, type TestBackend } from '../testing.ts'

let backend: TestBackend
before(async () => {
  backend = await openTestBackend()
})
after(() => backend.close())

interface Case {
  readonly kind: string
  readonly input: Record<string, unknown>
  /** What is shown after creation, besides id and times. */
  readonly shown: Record<string, unknown>
  readonly change: Record<string, unknown>
  readonly changed: Record<string, unknown>
  /** Missing required fields. */
  readonly empty: Record<string, string[]>
  readonly archivedIsReadable: boolean
}

const cases: readonly Case[] = [
  {
    kind: 'campaigns',
    input: { alias: 'spring', name: 'Spring', cost_value: '0.25', cookies_ttl: '12', cost_auto: 1, group_id: '4' },
    shown: {
      alias: 'spring',
      name: 'Spring',
      type: 'position',
      state: 'active',
      cost_value: 0.25,
      cost_currency: 'USD',
      cookies_ttl: 12,
      cost_auto: true,
      group_id: 4,
      parameters: {},
      postbacks: [],
      domain: null,
    },
    change: { cost_type: 'cpm', bind_visitors: 'slo' },
    changed: { cost_type: 'CPM', bind_visitors: 'slo', name: 'Spring', cost_value: 0.25 },
    empty: { alias: ['Alias is required'], name: ['Name is required'] },
    archivedIsReadable: false,
  },
  {
    kind: 'offers',
    input: {
      name: 'Slim MX',
      action_payload: 'https://shop.example/?c={subid}',
      payout_value: '12.5',
      payout_currency: 'usd',
      country: 'MX, US',
    },
    shown: {
      name: 'Slim MX',
      url: 'https://shop.example/?c={subid}',
      payout_value: 12.5,
      payout_currency: 'USD',
      country: ['MX', 'US'],
      affiliate_network: null,
      group: '',
    },
    change: { payout_value: 13 },
    changed: { payout_value: 13, name: 'Slim MX', action_payload: 'https://shop.example/?c={subid}' },
    empty: { name: ['Name is required'] },
    archivedIsReadable: true,
  },
  {
    kind: 'landing_pages',
    input: { name: 'Quiz', url: 'https://page.example/quiz' },
    shown: {
      name: 'Quiz',
      action_payload: 'https://page.example/quiz',
      url: 'https://page.example/quiz',
      offer_count: 0,
    },
    change: { url: 'https://page.example/quiz2' },
    changed: { action_payload: 'https://page.example/quiz2' },
    empty: { name: ['Name is required'] },
    archivedIsReadable: true,
  },
  {
    kind: 'affiliate_networks',
    input: { name: 'Acme Leads', offer_param: 's1={subid}' },
    shown: {
      name: 'Acme Leads',
      offer_param: 's1={subid}',
      postback_url: '',
      template_name: '',
      offers: 0,
      state: 'active',
    },
    change: { notes: 'pays on time' },
    changed: { notes: 'pays on time', offer_param: 's1={subid}' },
    empty: { name: ['Name is required'] },
    archivedIsReadable: true,
  },
  {
    kind: 'traffic_sources',
    input: { name: 'Push Co', parameters: { external_id: { name: 'cid' } }, accept_parameters: '0' },
    shown: {
      name: 'Push Co',
      parameters: { external_id: { name: 'cid' } },
      postback_statuses: ['lead', 'sale'],
      accept_parameters: false,
    },
    change: { traffic_loss: '1.5' },
    changed: { traffic_loss: 1.5, name: 'Push Co' },
    empty: { name: ['Name is required'] },
    archivedIsReadable: true,
  },
  {
    kind: 'domains',
    input: { name: 'https://Go.Example/', ssl_redirect: true },
    shown: {
      name: 'https://go.example',
      ssl_redirect: true,
      catch_not_found: false,
      campaigns_count: 0,
      default_campaign: '',
    },
    change: { state: 'disabled' },
    changed: { state: 'disabled', name: 'https://go.example' },
    empty: { name: ['Name is required'] },
    archivedIsReadable: false,
  },
]

/** Some changes answer a list of one (reference admin-api §1.7). */
// biome-ignore lint/suspicious/noExplicitAny: tests read answers of every shape
const one = (body: any) => (Array.isArray(body) ? body[0] : body)

describe('every kind of entity', () => {
  for (const { kind, input, shown, change, changed, empty, archivedIsReadable } of cases) {
    it(`${kind}: create, read, list, change, put back, archive`, async () => {
      const made = await backend.create(kind, input)
      assert.partialDeepStrictEqual(made, {
        ...shown,
        created_at: '2026-02-03 14:05:09',
        updated_at: '2026-02-03 14:05:09',
      })
      assert.deepEqual((await backend.call('GET', `/${kind}/${made.id}`)).body, made)
      assert.deepEqual((await backend.call('GET', `/${kind}`)).body, [made])

      const update = await backend.call('PUT', `/${kind}/${made.id}`, change)
      assert.equal(update.status, 200)
      assert.partialDeepStrictEqual(update.body, changed)
      assert.deepEqual(
        (await backend.call('PUT', `/${kind}/${made.id}`, update.body)).body,
        update.body,
        'a whole object may be put back',
      )

      const archived = await backend.call('DELETE', `/${kind}/${made.id}`)
      assert.equal(archived.status, 200)
      assert.equal(one(archived.body).state, 'deleted')
      assert.deepEqual((await backend.call('GET', `/${kind}`)).body, [])
      assert.equal((await backend.call('GET', `/${kind}/${made.id}`)).status, archivedIsReadable ? 200 : 404)
    })

    it(`${kind}: refuses what lacks required fields, unknown ids and bad fields, and changes nothing`, async () => {
      const version = await backend.store.version()
      assert.deepEqual(await backend.call('POST', `/${kind}`, {}), { status: 406, body: empty })
      for (const id of ['9999', '0', 'abc', '1e3', '-1', '99999999999999999999']) {
        assert.equal((await backend.call('GET', `/${kind}/${id}`)).status, 404, id)
        assert.equal((await backend.call('PUT', `/${kind}/${id}`, { name: 'x' })).status, 404, id)
        assert.equal((await backend.call('DELETE', `/${kind}/${id}`)).status, 404, id)
      }
      const wrong = await backend.call('POST', `/${kind}`, { ...input, state: 'sleeping' })
      assert.deepEqual(wrong, { status: 406, body: { state: ['must be active, disabled or deleted'] } })
      assert.equal(await backend.store.version(), version)
    })
  }
})

describe('the audit log and the snapshot', () => {
  it('hear of every change, with who made it', async () => {
    const before = backend.changes()
    const { id } = await backend.create('offers', { name: 'Audited' })
    assert.equal(backend.changes(), before + 1)
    const [row] = await backend.store.listAudit({ limit: 1 })
    assert.partialDeepStrictEqual(row, { actor: 'settings key', kind: 'offers', entityId: id, action: 'create' })
    await backend.call('POST', '/offers', {})
    assert.equal(backend.changes(), before + 1, 'a refusal is no change')
  })
})
