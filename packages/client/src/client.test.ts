import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { createClient } from './client.ts'
import { each } from './each.ts'
import { ApiError, ConnectionError } from './errors.ts'
import { operations } from './generated/api.ts'
import type { ClientOptions } from './options.ts'

/** A tracker that answers what it is told to, one after the other, and remembers what it was asked. */
function fakeTracker(...answers: readonly (Response | Error | (() => Promise<Response>))[]) {
  const requests: { url: string; init: RequestInit }[] = []
  const left = [...answers]
  const options: ClientOptions = {
    url: 'https://tracker.example/',
    apiKey: 'key',
    async fetch(input, init = {}) {
      requests.push({ url: String(input), init })
      const next = left.shift()
      if (!next) throw new Error('asked too often')
      if (next instanceof Error) throw next
      return next instanceof Response ? next : next()
    },
  }
  return { client: createClient(options), options, requests }
}
const json = (body: unknown, status = 200, headers: Record<string, string> = { 'api-dialect': 'modern' }) =>
  new Response(JSON.stringify(body), { status, headers })
const headersOf = (request: { init: RequestInit } | undefined) => new Headers(request?.init.headers)

describe('requests', () => {
  it('carry key, dialect and JSON', async () => {
    const { client, requests } = fakeTracker(json({ id: 1 }))
    await client.campaigns.create({ name: 'Spring', alias: 'spring' })
    const [request] = requests
    assert.equal(request?.url, 'https://tracker.example/admin_api/v1/campaigns')
    assert.equal(request?.init.method, 'POST')
    assert.equal(request?.init.body, '{"name":"Spring","alias":"spring"}')
    assert.equal(headersOf(request).get('api-key'), 'key')
    assert.equal(headersOf(request).get('api-dialect'), 'modern')
  })
  it('put ids into the path and input of reads into the query', async () => {
    const { client, requests } = fakeTracker(json([]), json([]), json({}))
    await client.campaigns.list({ limit: 2, offset: 4 })
    await client.users.apiKeys.list('7/../8')
    await client.users.apiKeys.delete(7, 8)
    assert.deepEqual(
      requests.map(({ url, init }) => `${init.method} ${url.replace('https://tracker.example/admin_api/v1', '')}`),
      ['GET /campaigns?limit=2&offset=4', 'GET /users/7%2F..%2F8/api_keys', 'DELETE /users/7/api_keys/8'],
    )
  })
  it('never leave out an id', async () => {
    const { client } = fakeTracker()
    await assert.rejects(client.campaigns.archive(''), /campaigns.archive needs an id/)
  })
  it('carry the token of a session in place of a key', async () => {
    const { options, requests } = fakeTracker(json({ id: 1 }), json([]))
    const { apiKey: _, ...rest } = options
    const client = createClient({ ...rest, csrfToken: 'token' })
    await client.groups.create({ name: 'A', type: 'offers' })
    assert.equal(headersOf(requests[0]).get('x-csrf-token'), 'token')
    assert.equal(headersOf(requests[0]).has('api-key'), false)
  })
  it('for files answer bytes', async () => {
    const { client } = fakeTracker(new Response('zip', { headers: { 'api-dialect': 'modern' } }))
    assert.equal(await (await client.landingPages.download(1)).text(), 'zip')
  })
})

describe('failures', () => {
  it('name field and cure', async () => {
    const { client } = fakeTracker(
      json({ alias: ['Alias is required'] }, 406, {
        'trackyard-hint': '"alais" is not a field of a campaign; did you mean "alias"?',
      }),
    )
    const error = await client.campaigns.create({ name: 'x', alias: '' }).catch((thrown: unknown) => thrown)
    assert.ok(error instanceof ApiError)
    assert.equal(error.status, 406)
    assert.equal(error.operation, 'campaigns.create')
    assert.deepEqual(error.fields, { alias: ['Alias is required'] })
    assert.equal(error.hints.length, 1)
    assert.equal(error.message, 'campaigns.create: alias: Alias is required')
  })
  const busy = () => json({ error: 'busy' }, 503, { 'retry-after': '0' })
  it('that may pass are tried again: busy trackers and lost connections', async () => {
    const { client, requests } = fakeTracker(busy(), new TypeError('reset'), json([]))
    assert.deepEqual(await client.offers.list(), [])
    assert.equal(requests.length, 3)
  })
  it('wait as long as they are told to', async () => {
    const { client } = fakeTracker(json({ error: 'slow down' }, 429, { 'retry-after': '0.05' }), json([]))
    const startedAt = performance.now()
    await client.offers.list()
    assert.ok(performance.now() - startedAt >= 45)
  })
  it('end after the last try', async () => {
    const { client, requests } = fakeTracker(busy(), busy(), busy(), json([]))
    await assert.rejects(client.offers.list({}), { name: 'ApiError', status: 503, message: 'offers.list: busy' })
    assert.equal(requests.length, 3)
  })
  it('are not tried again when that could do something twice, or cannot help', async () => {
    for (const [answer, status] of [
      [busy(), 503],
      [json({ error: 'no' }, 404), 404],
    ] as const) {
      const { client, requests } = fakeTracker(answer, json({}))
      await assert.rejects(client.campaigns.clone(1), { status })
      assert.equal(requests.length, 1)
    }
    const { client, requests } = fakeTracker(busy(), json({ rows: [], total: 0, meta: {} }))
    await client.report.build({})
    assert.equal(requests.length, 2, 'a report only reads')
  })
  it('that say nothing was done are tried again whatever was asked', async () => {
    const { client, requests } = fakeTracker(
      json({ error: 'slow down' }, 429, { 'retry-after': '0' }),
      json([{ id: 2 }]),
    )
    assert.deepEqual(await client.campaigns.clone(1), [{ id: 2 }])
    assert.equal(requests.length, 2)
  })
  it('of the connection say so', async () => {
    const { client } = fakeTracker(new Response('<html>', { status: 200 }))
    await assert.rejects(
      client.offers.list(),
      (error) => error instanceof ConnectionError && /no JSON/.test(error.message),
    )
  })
  it('by time or by you end at once', async () => {
    const never = ({ signal }: RequestInit) =>
      new Promise<Response>((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)))
    const client = createClient({ url: 'https://tracker.example', apiKey: 'k', fetch: (_, init = {}) => never(init) })
    await assert.rejects(client.offers.list({ timeoutMs: 10, retries: 0 }), /no answer in time/)
    const stop = new AbortController()
    setTimeout(() => stop.abort(new Error('enough')), 10)
    await assert.rejects(client.offers.list({ signal: stop.signal }), /enough/)
  })
})

describe('trackers that know no dialects', () => {
  it('are read into the same types', async () => {
    const old = {}
    const { client } = fakeTracker(
      json([{ id: '7', name: 'Net', state: 'active' }], 200, old),
      json(
        [
          {
            id: 3,
            chance: '20',
            collect_clicks: 1,
            schema: 'offers',
            filters: [{ id: '1', name: 'bot', mode: 'allow' }],
          },
        ],
        200,
        old,
      ),
      json(
        [
          {
            id: 4,
            payout_value: '2.5000',
            country: 'US,CA',
            updated_at: { date: '2017-05-01 10:00:00.000000' },
            url: 'https://o.example',
          },
        ],
        200,
        old,
      ),
    )
    assert.deepEqual(await client.affiliateNetworks.get(7), { id: 7, name: 'Net', state: 'active' })
    const [stream] = await client.streams.list()
    assert.deepEqual(
      [stream?.weight, stream?.collect_clicks, stream?.schema, stream?.filters[0]?.mode, stream?.filters[0]?.id],
      [20, true, 'landings', 'accept', 1],
    )
    const [offer] = await client.offers.list()
    assert.deepEqual(
      [offer?.payout_value, offer?.country, offer?.updated_at, offer?.action_payload],
      [2.5, ['US', 'CA'], '2017-05-01 10:00:00', 'https://o.example'],
    )
  })
})

describe('each', () => {
  const list =
    (total: number) =>
    async ({ limit = 0, offset = 0 }: { limit?: number; offset?: number }) =>
      Array.from({ length: total }, (_, id) => ({ id })).slice(offset, offset + limit)
  it('goes through every page once', async () => {
    for (const total of [0, 1, 2, 3, 4, 5]) {
      const seen: number[] = []
      for await (const { id } of each(list(total), { limit: 2 })) seen.push(id)
      assert.deepEqual(
        seen,
        Array.from({ length: total }, (_, id) => id),
      )
    }
  })
  it('ends with trackers that know no pages', async () => {
    let asked = 0
    const seen: unknown[] = []
    const everything = async () => {
      asked++
      return [{ id: 1 }, { id: 2 }]
    }
    for await (const one of each(everything, { limit: 2 })) seen.push(one)
    assert.deepEqual([seen.length, asked], [2, 2])
  })
  it('reads rows of reports', async () => {
    const { client } = fakeTracker(json({ rows: [{ clicks: 1 }], total: 1, meta: {} }))
    const rows = []
    for await (const row of each(client.report.build, { limit: 10 })) rows.push(row)
    assert.deepEqual(rows, [{ clicks: 1 }])
  })
})

describe('a real backend', () => {
  // Only the type of the test is of the server; nothing of it ends up in the package.
  let backend: Awaited<ReturnType<typeof import('../../server/src/backend/testing.ts').openTestBackend>>
  let client: ReturnType<typeof createClient>
  const hints: string[] = []
  before(async () => {
    const { openTestBackend, TEST_KEY } = await import('../../server/src/backend/testing.ts')
    backend = await openTestBackend({ apiDialect: '2017' })
    client = createClient({
      url: 'http://tracker.example',
      apiKey: TEST_KEY,
      retries: 0,
      onHint: (hint) => void hints.push(hint),
      async fetch(url, { method = 'GET', headers, body } = {}) {
        const reply = await backend.app.inject({
          method: method as 'GET',
          url: String(url).replace('http://tracker.example', ''),
          headers: Object.fromEntries(new Headers(headers)),
          ...(typeof body === 'string' ? { payload: body } : {}),
        })
        const shown = Object.entries(reply.headers).map(([name, value]): [string, string] => [name, String(value)])
        return new Response(reply.statusCode === 304 ? null : reply.body, { status: reply.statusCode, headers: shown })
      },
    })
  })
  after(() => backend.close())

  it('makes, changes, copies and archives every kind', async () => {
    const campaign = await client.campaigns.create({ name: 'Spring', alias: 'spring', cost_value: '0.02' })
    assert.equal(campaign.cost_value, 0.02)
    assert.equal((await client.campaigns.update(campaign.id, { name: 'Summer' })).name, 'Summer')
    const offer = await client.offers.create({ name: 'Tea', action_payload: 'https://tea.example/', payout_value: 2.5 })
    const page = await client.landingPages.create({ name: 'Story', action_payload: 'https://story.example/' })
    const stream = await client.streams.create({
      campaign_id: campaign.id,
      offers: [{ offer_id: offer.id, share: 100 }],
      landings: [{ landing_id: page.id }],
      filters: [{ name: 'country', mode: 'accept', payload: ['US'] }],
    })
    assert.equal(stream.offers[0]?.offer_id, offer.id)
    assert.equal((await client.campaigns.streams.list(campaign.id))[0]?.id, stream.id)
    const network = await client.affiliateNetworks.create({ name: 'Net' })
    const source = await client.trafficSources.create({ name: 'Source' })
    const [domain] = await client.domains.create({ name: 'go.example.com' })
    const group = await client.groups.create({ name: 'Best', type: 'offers' })
    assert.equal((await client.offers.update(offer.id, { group_id: group.id })).group, 'Best')
    assert.equal((await client.groups.list({ type: 'offers' }))[0]?.count, 1)
    const [copy] = await client.campaigns.clone(campaign.id)
    assert.equal(copy?.name, 'Copy of Summer')
    for (const list of [client.landingPages, client.affiliateNetworks, client.trafficSources, client.domains])
      assert.equal((await list.list()).length, 1)
    await client.streams.archive(stream.id)
    await client.offers.archive(offer.id)
    await client.landingPages.archive(page.id)
    await client.affiliateNetworks.archive(network.id)
    await client.trafficSources.archive(source.id)
    await client.domains.archive(domain?.id ?? 0)
    await client.groups.delete(group.id)
    await client.campaigns.archive(campaign.id)
    await assert.rejects(client.campaigns.get(campaign.id), { status: 404 })
  })
  it('shows users, keys, metadata and reports', async () => {
    const password = 'a password that is long'
    const user = await client.users.create({
      login: 'ann',
      type: 'USER',
      new_password: password,
      new_password_confirmation: password,
    })
    const key = await client.users.apiKeys.create(user.id, { name: 'script' })
    assert.match(key.key, /^\S{20,}$/)
    assert.equal((await client.users.apiKeys.list(user.id)).length, 1)
    assert.ok((await client.streamFilters.list()).some((filter) => filter.key === 'country'))
    assert.deepEqual((await client.report.build({ metrics: ['clicks'], range: { interval: 'today' } })).rows, [])
  })
  it('tells hints', async () => {
    const input: object = { name: 'Coffee', payuot_value: 3 }
    hints.length = 0
    await client.offers.create({ name: '', ...input })
    assert.deepEqual(hints, [
      '"payuot_value" is not a field of an offer; did you mean "payout_value"?',
      'The offer has no URL yet, so no stream can use it: set url.',
    ])
  })
  it('knows every operation by a path of its own', () => {
    const paths = Object.values(operations).map(([method, path]) => `${method} ${path}`)
    assert.equal(new Set(paths).size, paths.length)
  })
})

describe('the README', () => {
  it('shows code that runs', async () => {
    const text = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
    const examples = [...text.matchAll(/```ts\n([\s\S]*?)```/g)].map((match) => match[1] ?? '')
    assert.ok(examples.length >= 3)
    for (const example of examples) {
      const code = example.replace(/^import .*$/gm, '')
      const tracker = async () =>
        code.includes('alias is taken')
          ? json({ alias: ['Alias is already used'] }, 406)
          : code.includes('report')
            ? json({ rows: [], total: 0, meta: {} })
            : json(code.includes('each(') ? [] : { id: 1, name: 'Spring' })
      const run = new Function(
        'createClient',
        'each',
        'ApiError',
        'console',
        'process',
        `return (async () => {${code}})()`,
      )
      const made = (options: ClientOptions) => createClient({ ...options, fetch: tracker })
      await run(made, each, ApiError, { log() {}, warn() {} }, { env: { TRACKYARD_API_KEY: 'key' } })
    }
  })
})
