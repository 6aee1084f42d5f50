import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { toLine } from '../../stores/events/line.ts'
import { DIALECTS } from '../dialect/dialect.ts'
import type { Route } from '../route.ts'
import { routes } from '../routes.ts'
import { openTestBackend, TEST_KEY, TEST_NOW_MS, type TestBackend } from '../testing.ts'

const SUB_ID = `${TEST_NOW_MS.toString(36).padStart(8, '0')}000000001`
const PASSWORD = 'a password that is long'
const period = { start_date: '2026-02-01', end_date: '2026-02-03' }

/** What is sent to routes that need something; `#` stands for a new number each time. */
const inputs: Readonly<Record<string, object>> = {
  'POST /campaigns': { name: 'Campaign #', alias: 'c#' },
  'POST /streams': {
    campaign_id: 1,
    name: 'Stream',
    filters: [{ name: 'country', payload: ['US'] }],
    offers: [{ offer_id: 1 }],
  },
  'POST /offers': { name: 'Offer', url: 'https://offer.example/' },
  'POST /landing_pages': { name: 'Page', url: 'https://page.example/' },
  'POST /landings': { name: 'Page', url: 'https://page.example/' },
  'POST /affiliate_networks': { name: 'Network #' },
  'POST /traffic_sources': { name: 'Source' },
  'POST /sources': { name: 'Source' },
  'POST /domains': { name: 'go#.example.com' },
  'POST /groups': { name: 'Group #', type: 'campaigns' },
  'POST /bots': { value: '203.0.113.#' },
  'POST /blacklist': { type: 'ip', value: '198.51.100.#' },
  'POST /filters': { name: 'Set #', filters: [{ name: 'country', payload: ['US'] }] },
  'POST /postbacks': { name: 'Postback #', url: 'https://receiver.example/?s={status}' },
  'POST /conversion_types': { name: 'type_#' },
  'POST /conversions/import': { conversions: `${SUB_ID},1,T9,lead` },
  'POST /users': { login: 'user#', type: 'USER', new_password: PASSWORD, new_password_confirmation: PASSWORD },
  'POST /users/:id/api_keys': { name: 'key' },
  'POST /api_keys': { name: 'key' },
  'PUT /users/:id/access': { access_data: { campaigns_access_type: 'own' } },
  'POST /streams/copy': { stream_ids: [1] },
  'POST /streams/move_streams': { stream_ids: [1], target_campaign_id: 1 },
  'PUT /botlist': { value: '203.0.113.200' },
  'POST /botlist/add': { value: '203.0.113.201' },
  'POST /botlist/exclude': { value: '203.0.113.201' },
  'POST /report/build': { metrics: ['clicks'], range: { interval: 'today' } },
  'POST /report/favourites': { name: 'Today', payload: { range: { interval: 'today' } } },
  'POST /report/labels': {
    campaign_id: 1,
    label_name: 'whitelist',
    ref_name: 'ip',
    items: { '192.0.2.1': 'whitelist' },
  },
  'GET /report/labels': { campaign_id: 1, label_name: 'whitelist', ref_name: 'ip' },
  ...Object.fromEntries(
    ['GET /clicks', 'GET /conversions', 'GET /report', 'GET /conversions/log'].map((key) => [key, { limit: 10 }]),
  ),
  ...Object.fromEntries(
    ['/clicks/build', '/clicks/log', '/clicks/summary', '/conversions/log'].map((path) => [
      `POST ${path}`,
      { limit: 10 },
    ]),
  ),
  'PUT /integrations/avscan': { avscan_key: 'key' },
  'POST /currencies/:code/rates': { rate: 1.1 },
  'POST /currencies/import': { file: 'Date,USD\n2026-02-03,1.1\n' },
  'POST /settings': { note: 'mine' },
  'PUT /settings': { note: 'mine' },
  'PUT /settings/:key': { value: 'mine' },
  'POST /integrations/facebook': { name: 'Account', ad_account_id: 'act_1', token: 'secret' },
  'POST /integrations/facebook/:id/campaign': { campaign_id: 1 },
  'DELETE /integrations/facebook/:id/campaign': { campaign_id: 1 },
  'POST /conversions': { click_id: SUB_ID, status: 'lead' },
  'PUT /conversions/:conversion_id': { status: 'sale' },
  'PUT /clicks/:sub_id': { sub_id_1: 'x' },
  'POST /clicks/clean': period,
  'POST /clicks/erase': { ip: '203.0.113.250' },
  'POST /logs/replay_sent_postbacks': { outcome: 'failed' },
  'POST /clicks/update_costs': { campaign_ids: [1], costs: [{ ...period, cost: 1 }] },
  'POST /campaigns/:id/update_costs': { ...period, cost: 1 },
  'POST /postbacks/:id/test': {},
  'PUT /preferences': { language: 'en' },
}
/** Routes whose handlers are met with files, a network or a password of a session: other tests have them. */
const ELSEWHERE =
  /^\/auth\/|\/(add_file|update_file|remove_file|get_file|download|preview)$|^\/domains\/:id\/check$|^\/postbacks\/:id\/(test|replay)|\/replay$|\/retry$|^\/currencies\/fetch$/

for (const dialect of DIALECTS)
  describe(`every route answers what its description says: ${dialect}`, () => {
    let backend: TestBackend
    let made = 0
    const fresh = (value: unknown): unknown => JSON.parse(JSON.stringify(value).replaceAll('#', () => String(++made)))

    before(async () => {
      backend = await openTestBackend({ apiDialect: dialect })
      const admin = { login: 'admin', type: 'ADMIN', new_password: PASSWORD, new_password_confirmation: PASSWORD }
      await send('POST', '/users', admin)
      // Everything is there under ids from 1 on, so that one of each may be changed, archived and deleted.
      for (let copy = 0; copy < 12; copy++)
        for (const [key, input] of Object.entries(inputs))
          if (/^POST \/[a-z_]+$/.test(key) && !/settings|conversions|api_keys|landings|sources|streams/.test(key))
            await send('POST', key.slice(5), fresh(input))
      for (let copy = 0; copy < 12; copy++) {
        await send('POST', '/streams', inputs['POST /streams'])
        await send('POST', '/traffic_sources', { name: 'S' })
      }
      await send('POST', '/traffic_sources', { name: 'S' })
      await send('POST', '/integrations/facebook', inputs['POST /integrations/facebook'])
      for (const name of ['a', 'b']) await send('POST', '/users/1/api_keys', { name })
      await send('PUT', '/settings', { note: 'mine' })
      for (let copy = 0; copy < 2; copy++) await send('POST', '/report/favourites', inputs['POST /report/favourites'])
      for (const rate of [1.1, 1.2]) await send('POST', '/currencies/EUR/rates', { rate })
      const click = { sub_id: SUB_ID, datetime: TEST_NOW_MS + 1000, campaign_id: 1 }
      await backend.events.insertLines('clicks', [toLine('clicks', click, 1)], 'm')
    })
    after(() => backend.close())

    const send = async (method: Route['method'], path: string, payload: unknown = {}) => {
      const reply = await backend.app.inject({
        method,
        url: `/admin_api/v1${path}`,
        headers: { 'api-key': TEST_KEY },
        payload: JSON.stringify(payload),
      })
      return { status: reply.statusCode, body: reply.body }
    }

    const order = { GET: 0, PUT: 1, POST: 2, DELETE: 3 }
    /** What empties or removes much comes last. */
    const turn = ({ method, path }: Route) => (path === '/botlist' ? 1e6 : 1000 * order[method] - path.length)
    const tried = routes.filter(({ path }) => !ELSEWHERE.test(path)).toSorted((a, b) => turn(a) - turn(b))
    const removed = new Map<string, number>()
    const nextId = (resource: string): number => {
      const id = (removed.get(resource) ?? 1) + 1
      removed.set(resource, id)
      return id
    }
    for (const route of tried) {
      const name = `${route.method} ${route.path}`
      it(name, async () => {
        const isRemoval = route.method === 'DELETE' || /archive/.test(route.path)
        const resource = (route.aliasOf ?? route.path).split('/')[1] ?? ''
        const id =
          isRemoval && !/\/campaign$|api_keys/.test(route.path) && resource !== 'integrations' ? nextId(resource) : 1
        const path = route.path
          .replace(':sub_id', SUB_ID)
          .replace(':conversion_id', `${SUB_ID}-1`)
          .replace('/logs/:name', '/logs/audit')
          .replace(':key_id', resource === 'users' ? '1' : '2')
          .replace(':key', 'note')
          .replace(':code', 'EUR')
          .replace(/:\w+/, String(id))
          .replaceAll(/:\w+/g, '1')
        const { status, body } = await send(route.method, path, fresh(inputs[name] ?? {}))
        // Conformity is checked on the way; here it only counts that the route was really tried.
        const isRight = status === 200 || (route.isRefusal === true && status === 422)
        assert.ok(isRight || known.has(name), `${name}: ${status} ${body.slice(0, 300)}`)
      })
    }
  })

/** Routes that this world has nothing to say to; that they say so in the described form is what counts. */
const known: ReadonlySet<string> = new Set([
  // The statements that would find them are not run here.
  ...['GET', 'PUT', 'DELETE'].flatMap((method) => [
    `${method} /clicks/:sub_id`,
    `${method} /conversions/:conversion_id`,
  ]),
  'POST /conversions',
  // What happened cannot be changed.
  'PUT /logs/:name',
  'DELETE /logs/:name',
])
