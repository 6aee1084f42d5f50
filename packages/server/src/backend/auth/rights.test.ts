import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ENTITY_KINDS, type EntityKind, isEntityKind } from '@trackyard/core/entities/index.ts'
import { type AccessType, accessAreas, accessTypes } from '@trackyard/core/permissions.ts'
import fc from 'fast-check'
import { toLine } from '../../stores/events/line.ts'
import { HINT_HEADER } from '../http/hints.ts'
import type { Route } from '../route.ts'
import { routes } from '../routes.ts'
import { openTestBackend, TEST_NOW_MS, type TestBackend } from '../testing.ts'

/** Which kind of entity a number in an answer means. */
const ID_FIELDS: Readonly<Record<string, EntityKind>> = {
  campaign_id: 'campaigns',
  default_campaign_id: 'campaigns',
  parent_campaign_id: 'campaigns',
  stream_id: 'streams',
  offer_id: 'offers',
  alternative_offer_id: 'offers',
  landing_id: 'landing_pages',
  affiliate_network_id: 'affiliate_networks',
  traffic_source_id: 'traffic_sources',
  domain_id: 'domains',
  group_id: 'groups',
}

const TYPES = Object.keys(accessTypes) as AccessType[]

interface Choice {
  readonly type: AccessType
  /** Whether a thing of bob's is listed by id, or by group. */
  readonly lists: 'nothing' | 'entity' | 'group'
}
type Choices = Readonly<Record<EntityKind, Choice>>

const choice: fc.Arbitrary<Choice> = fc.record({
  type: fc.constantFrom(...TYPES),
  lists: fc.constantFrom('nothing', 'entity', 'group'),
})
const allTheSame = (type: AccessType): Choices =>
  fc.sample(fc.record(recordOf(() => fc.constant<Choice>({ type, lists: 'nothing' }))), 1)[0] ?? neverEmpty()
const choices = fc.oneof(fc.record(recordOf(() => choice)), fc.constantFrom(...TYPES.map((type) => allTheSame(type))))

describe('rights', () => {
  it('hold on every route for every access: nothing foreign is shown or changed', async () => {
    await fc.assert(
      fc.asyncProperty(choices, fc.boolean(), async (chosen, isReadOnly) => {
        const world = await openWorld(chosen, isReadOnly)
        try {
          for (const route of routes) await tryRoute(route, world)
        } finally {
          await world.backend.close()
        }
      }),
      {
        numRuns: TYPES.length + 3,
        endOnFailure: true,
        examples: TYPES.map((type): [Choices, boolean] => [allTheSame(type), false]),
      },
    )
  })

  it('leave nothing but log-in to strangers, and no route without a rule', async () => {
    const backend = await openTestBackend()
    const open = routes.filter((route) => route.access.for === 'public').map(({ path }) => path)
    assert.deepEqual(open, ['/auth/login'])
    for (const route of routes.filter((one) => one.access.for !== 'public')) {
      const url = `/admin_api/v1${route.path.replaceAll(/:\w+/g, '1')}`
      assert.equal((await backend.app.inject({ method: route.method, url })).statusCode, 401, url)
    }
    await backend.close()
  })
})

interface World {
  readonly backend: TestBackend
  readonly key: string
  readonly isReadOnly: boolean
  readonly ids: Readonly<Record<'ann' | 'bob', Readonly<Record<EntityKind, number>>>>
  readonly subId: string
  canSee(kind: EntityKind, id: number): Promise<boolean>
  canChange(kind: EntityKind, id: number): Promise<boolean>
  isAnns(kind: EntityKind, id: number): Promise<boolean>
  /** What the user may not change, as text, at a version of the store. */
  foreign(version: number): Promise<ReadonlyMap<string, string>>
}

async function tryRoute(route: Route, world: World): Promise<void> {
  const { backend, ids, key } = world
  const kind = route.access.for === 'entity' ? route.access.kind : null
  for (const whose of kind ? (['ann', 'bob'] as const) : (['bob'] as const)) {
    const pathIds = kind ? ids[whose][kind] : whose === 'bob' ? 2 : 1
    const path = route.path
      .replace(':sub_id', world.subId)
      .replace(':conversion_id', `${world.subId}-1`)
      .replace(/:\w+/, String(pathIds))
      .replaceAll(/:\w+/g, '1')
    for (const body of bodiesFor(route, world)) {
      const what = `${route.method} ${path} ${JSON.stringify(body)}`
      const hidden = kind && route.path.includes(':id') && !(await world.canSee(kind, pathIds))
      const fixed = kind && route.path.includes(':id') && !(await world.canChange(kind, pathIds))
      // A check that is allowed goes out to the network.
      if (route.path.endsWith('/check') && !hidden && !fixed) continue
      const version = await backend.store.version()
      const before = await world.foreign(version)
      backend.queries.length = 0
      const sent = await backend.app.inject({
        method: route.method,
        url: `/admin_api/v1${path}`,
        headers: { 'api-key': key },
        payload: JSON.stringify(body),
      })
      assert.deepEqual(backend.errors, [], what)
      const reply = { status: sent.statusCode, body: sent.body === '' ? undefined : sent.json() }
      assert.ok(reply.status < 500, what)
      // What the user may change decides what is foreign, so the comparison is by what was foreign before.
      const after = await world.foreign(await backend.store.version())
      for (const [name, text] of before) assert.equal(after.get(name), text, `${what} changed ${name}`)
      if (route.access.for === 'administrators') assert.equal(reply.status, 403, what)
      if (world.isReadOnly && !hidden && route.access.verb !== 'read') assert.equal(reply.status, 403, what)
      // Looked for first, refused then: what somebody cannot see is not there for them.
      if (hidden)
        assert.ok(
          (route.access.verb === 'read' ? [403, 404] : [404]).includes(reply.status),
          `${what}: ${reply.status}`,
        )
      if (!hidden && fixed && route.access.verb === 'write') assert.equal(reply.status, 403, what)
      if (reply.status === 200) await findLeaks(reply.body, kind, world, what)
      await findNames(`${sent.body} ${String(sent.headers[HINT_HEADER] ?? '')}`, world, what)
      for (const query of backend.queries) await checkQuery(query, world, what)
    }
  }
}

/** An empty body, and one that reaches for everything of bob's. */
function bodiesFor(route: Route, { ids, subId }: World): object[] {
  const { bob, ann } = ids
  const period = { start_date: '2026-01-01', end_date: '2026-12-31', cost: 99 }
  const ofBobs = { ...period, costs: [period], campaign_id: bob.campaigns, campaign_ids: [bob.campaigns] }
  if (/\/(update_costs|clean)$/.test(route.path)) return [{}, ofBobs, period]
  const greedy = {
    name: `intruder ${Math.random()}`,
    alias: `x${Math.random().toString(36).slice(2)}`,
    ...(route.path.startsWith('/groups') ? { type: 'campaigns' } : {}),
    campaign_id: /^\/(streams|report)\//.test(route.path) ? bob.campaigns : ann.campaigns,
    stream_ids: [bob.streams],
    target_campaign_id: ann.campaigns,
    group_id: bob.groups,
    traffic_source_id: bob.traffic_sources,
    domain_id: bob.domains,
    default_campaign_id: bob.campaigns,
    affiliate_network_id: bob.affiliate_networks,
    offers: [{ offer_id: bob.offers }],
    landings: [{ landing_id: bob.landing_pages }],
    value: `ua:intruder-${Math.random()}`,
    campaign_ids: [bob.campaigns],
    filters: [{ name: 'filter_set', payload: [bob.filters] }],
    range: { interval: 'today' },
    grouping: ['campaign'],
    metrics: ['clicks'],
    query: 'bobs',
    click_id: subId,
    revenue: 7,
    ref_name: 'source',
    items: { 'bobs.example': 'whitelist' },
    limit: 10,
    access_data: { campaigns_access_type: 'full_access' },
  }
  // About the user alone; a password this long is refused before it is hashed, which is slow.
  if (route.access.for === 'public' || route.access.for === 'everyone') return [{ password: 'x'.repeat(201) }]
  if (route.method === 'GET') return [greedy]
  const { traffic_source_id, domain_id, group_id, offers, landings, campaign_ids, filters, ...modest } = greedy
  const outward = {
    ...modest,
    alias: `y${modest.alias}`,
    campaign_id: bob.campaigns,
    target_campaign_id: bob.campaigns,
  }
  const lists = { campaign_ids: [ann.campaigns], filters: [{ name: 'bot' }] }
  return [{}, greedy, { ...modest, ...lists, alias: `z${modest.alias}`, name: `${modest.name} z` }, outward]
}

async function findLeaks(value: unknown, kind: EntityKind | null, world: World, what: string): Promise<void> {
  if (Array.isArray(value)) {
    for (const item of value) await findLeaks(item, kind, world, what)
    return
  }
  if (typeof value !== 'object' || value === null) return
  // Something of bob's that ann sees may name what she does not see: by id, as that is part of it, not by name.
  if (kind && 'id' in value && !(await world.isAnns(kind, Number(value.id)))) {
    assert.ok(await world.canSee(kind, Number(value.id)), `${what} shows ${kind} ${String(value.id)}`)
    return
  }
  for (const [key, inner] of Object.entries(value)) {
    // Examples of the API's description are the same for everybody.
    if (key === 'example' && what.startsWith('GET /openapi.json ')) continue
    const named = ID_FIELDS[key] ?? (key === 'id' ? kind : null)
    if (named && Number(inner) > 0)
      assert.ok(
        (key !== 'id' && (await world.isAnns(named, Number(inner)))) || (await world.canSee(named, Number(inner))),
        `${what} shows ${named} ${String(inner)}`,
      )
    // Rows inside have ids of their own.
    else await findLeaks(inner, null, world, what)
  }
}

async function findNames(text: string, world: World, what: string): Promise<void> {
  for (const kind of ENTITY_KINDS) {
    if (text.includes('bobs-label')) assert.ok(await world.canSee('campaigns', world.ids.bob.campaigns), what)
    if (text.includes(nameOf('bob', kind)))
      assert.ok(await world.canSee(kind, world.ids.bob[kind]), `${what} shows the name of a foreign ${kind}: ${text}`)
  }
  if (text.includes('bobs-destination')) assert.ok(await world.canSee('campaigns', world.ids.bob.campaigns), what)
}

async function checkQuery(
  { sql, params }: { sql: string; params: Readonly<Record<string, unknown>> },
  world: World,
  what: string,
): Promise<void> {
  if (await world.canSee('campaigns', world.ids.bob.campaigns)) return
  assert.match(sql, /campaign_id IN \{/, what)
  // Lists of other kinds are matched with their own columns: the same number is another thing there.
  const lists = [...sql.matchAll(/campaign_id(?: IN |, )\{(\w+):Array/g)].map(([, name = '']) => params[name])
  assert.ok(!lists.some((list) => Array.isArray(list) && list.includes(world.ids.bob.campaigns)), what)
}

const nameOf = (who: 'ann' | 'bob', kind: EntityKind): string =>
  kind === 'domains' ? `${who}s-domain.example` : `${who}s-own-${kind}`

async function openWorld(chosen: Choices, isReadOnly: boolean): Promise<World> {
  const backend = await openTestBackend()
  const ann = await makeUser(backend, 'ann')
  const bob = await makeUser(backend, 'bob')
  // Bob comes first, so that ids differ and the first id is a foreign one.
  const ids = { bob: await makeThings(backend, 'bob', bob.key), ann: await makeThings(backend, 'ann', ann.key) }
  const subId = `${TEST_NOW_MS.toString(36).padStart(8, '0')}000000abc`
  const click = {
    sub_id: subId,
    datetime: TEST_NOW_MS,
    campaign_id: ids.bob.campaigns,
    destination: 'bobs-destination',
  }
  await backend.events.insertLines('clicks', [toLine('clicks', click, 1)], 'm')
  const conversion = { sub_id: subId, datetime: TEST_NOW_MS, campaign_id: ids.bob.campaigns, status: 'lead' }
  const conversionLine = toLine('conversions', { ...conversion, conversion_id: `${subId}-1` }, 1)
  await backend.events.insertLines('conversions', [conversionLine], 'm')
  backend.answer = { rows: [{ d0: ids.bob.campaigns, at_ms: TEST_NOW_MS }], totals: null, rowsBeforeLimit: 1 }

  const access_data = Object.fromEntries(
    ENTITY_KINDS.flatMap((kind) => {
      const { key, grouped } = accessAreas[kind]
      const { type, lists } = chosen[kind]
      return [
        [`${key}_access_type`, type],
        [`${key}_selected_entities`, lists === 'entity' ? [ids.bob[kind]] : []],
        ...(grouped ? [[`${key}_selected_groups`, lists === 'group' ? [ids.bob.groups] : []]] : []),
      ]
    }),
  )
  assert.equal((await backend.call('PUT', `/users/${ann.id}/access`, { access_data })).status, 200)
  const made = await backend.call('POST', `/users/${ann.id}/api_keys`, { name: 'tested', read_only: isReadOnly })

  const allows = async (rule: 'reads' | 'writes', kind: EntityKind, id: number): Promise<boolean> => {
    if ('administratorsOnly' in accessAreas[kind]) return false
    const entity = await backend.store.get(kind, id)
    if (!entity) return true
    const { type, lists } = chosen[kind]
    const isNamedGroup =
      kind === 'groups' &&
      rule === 'reads' &&
      id === ids.bob.groups &&
      ENTITY_KINDS.some(
        (one) =>
          accessAreas[one].grouped && chosen[one].lists === 'group' && accessTypes[chosen[one].type].grants.listed,
      )
    if (type === 'none') return isNamedGroup
    if (rule === 'writes' && type === 'read_only') return false
    if (kind === 'streams' && 'campaign_id' in entity) return allows(rule, 'campaigns', entity.campaign_id)
    if (type === 'full_access' || type === 'read_only' || isNamedGroup) return true
    const isOwn = (await backend.store.listCreatedBy(kind, ann.id)).has(id)
    if (isOwn && type !== 'to_groups_and_selected') return true
    if (type === 'own') return false
    const isInGroup = 'group_id' in entity && entity.group_id === ids.bob.groups && accessAreas[kind].grouped
    return (lists === 'entity' && id === ids.bob[kind]) || (lists === 'group' && isInGroup)
  }
  let known = { version: -1, stored: '', things: new Map<string, string>() }
  return {
    backend,
    key: made.body.key,
    isReadOnly,
    ids,
    subId,
    canSee: (kind, id) => allows('reads', kind, id),
    canChange: (kind, id) => allows('writes', kind, id),
    isAnns: async (kind, id) => (await backend.store.listCreatedBy(kind, ann.id)).has(id),
    async foreign(version) {
      const stored = JSON.stringify([backend.events.clicks(), backend.events.conversions()])
      if (version === known.version && stored === known.stored) return known.things
      const things = new Map<string, string>()
      // Everybody may change what they prefer.
      for (const { totpLastStep, preferences, ...user } of await backend.store.listUsers())
        things.set(`user ${user.login}`, JSON.stringify(user.login === 'ann' ? user : { ...user, preferences }))
      for (const { lastUsedAtMs, ...one } of await backend.store.listApiKeys(bob.id))
        things.set(`key ${one.id}`, JSON.stringify(one))
      for (const kind of ENTITY_KINDS) {
        for (const entity of await backend.store.list(kind, { includeDeleted: true }))
          if (isReadOnly || !(await allows('writes', kind, entity.id)))
            things.set(`${kind} ${entity.id}`, JSON.stringify(entity))
      }
      if (isReadOnly || !(await allows('writes', 'campaigns', ids.bob.campaigns))) {
        const labels = await backend.store.listLabels({ campaignId: ids.bob.campaigns, refName: 'source' })
        things.set('labels', JSON.stringify([...labels]))
        things.set('clicks and conversions', stored)
      }
      known = { version, stored, things }
      return things
    },
  }
}

async function makeUser(backend: TestBackend, login: string): Promise<{ id: number; key: string }> {
  const types = ENTITY_KINDS.map((kind) => [
    `${accessAreas[kind].key}_access_type`,
    'created_by_user_groups_and_selected',
  ])
  // Hashing passwords is slow on purpose; nobody logs in here.
  const user = await backend.store.change({ actor: 'test', atMs: 1 }, async (writer) => ({
    ok: true,
    value: await writer.insertUser({
      ...{ login, passwordHash: '', type: 'USER', state: 'active', preferences: {} },
      ...{ totpSecret: '', totpPending: '', totpLastStep: 0, access: Object.fromEntries(types) },
    }),
  }))
  assert.ok(user.ok)
  const { body } = await backend.call('POST', `/users/${user.value.id}/api_keys`, { name: login })
  return { id: user.value.id, key: body.key }
}

async function makeThings(backend: TestBackend, who: 'ann' | 'bob', key: string): Promise<Record<EntityKind, number>> {
  const create = async (kind: EntityKind, fields: object): Promise<number> => {
    const payload = { name: nameOf(who, kind), ...fields }
    const { status, body } = await backend.call('POST', `/${kind}`, payload, { headers: { 'api-key': key } })
    assert.equal(status, 200, JSON.stringify(body))
    return (Array.isArray(body) ? body[0] : body).id
  }
  const groups = await create('groups', { type: 'campaigns' })
  const affiliate_networks = await create('affiliate_networks', {})
  const traffic_sources = await create('traffic_sources', {})
  const offers = await create('offers', {
    url: 'https://o.example/',
    affiliate_network_id: affiliate_networks,
    group_id: groups,
  })
  const landing_pages = await create('landing_pages', { url: 'https://l.example/', group_id: groups })
  const campaigns = await create('campaigns', {
    alias: `${who}s`,
    traffic_source_id: traffic_sources,
    group_id: groups,
  })
  const domains = await create('domains', { default_campaign_id: campaigns, group_id: groups })
  const rows = { offers: [{ offer_id: offers }], landings: [{ landing_id: landing_pages }] }
  const streams = await create('streams', { campaign_id: campaigns, ...rows })
  const made = await backend.store.change({ actor: 'test', atMs: 1 }, (writer) =>
    writer
      .setLabels(campaigns, 'source', new Map([[`${who}s-label`, 'blacklist']]))
      .then(() => ({ ok: true, value: 0 })),
  )
  assert.ok(made.ok)
  // Nobody but administrators can make these.
  const postbacks = (await backend.create('postbacks', { name: nameOf(who, 'postbacks'), url: 'https://p.example/' }))
    .id
  const account = await backend.create('integrations/facebook', { name: nameOf(who, 'integrations') })
  const own = { groups, affiliate_networks, traffic_sources, offers, landing_pages, campaigns, domains, streams }
  const bots = await create('bots', { value: `ua:${who}s-agent` })
  const blacklist = await create('blacklist', { value: '203.0.113.7', campaign_ids: [campaigns] })
  const filters = await create('filters', { filters: [{ name: 'bot', mode: 'reject' }] })
  const type = await backend.create('conversion_types', { name: `${who}_type` })
  return { ...own, postbacks, integrations: account.id, conversion_types: type.id, bots, blacklist, filters }
}

function recordOf<T>(make: () => T): Record<EntityKind, T> {
  return Object.fromEntries(ENTITY_KINDS.filter(isEntityKind).map((kind) => [kind, make()])) as Record<EntityKind, T>
}

function neverEmpty(): never {
  throw new Error('A sample of one is one')
}
