import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { z } from 'zod'
import type { Route } from '../route.ts'
import { routes } from '../routes.ts'
import { openTestBackend, TEST_KEY, type TestBackend } from '../testing.ts'
import { createDocument } from './document.ts'

/** What the docs page fills in must work as it stands, in this order on a fresh installation. */
const ORDER = [
  ...['groups', 'domains', 'affiliate_networks', 'traffic_sources', 'campaigns', 'offers', 'landing_pages', 'streams'],
  ...['postbacks', 'bots', 'blacklist', 'filters', 'users'],
]
const withExample = routes.filter(
  ({ method, example, aliasOf }) => method !== 'GET' && example !== undefined && aliasOf === undefined,
)
const turn = ({ method, path }: Route): number => {
  const place = method === 'POST' ? ORDER.indexOf(path.slice(1)) : -1
  return place === -1 ? ORDER.length : place
}
const tried = withExample.toSorted((a, b) => turn(a) - turn(b))
const document = createDocument(routes, { dialect: 'modern', validationStatus: 406 })

const body = z.object({
  requestBody: z.object({
    content: z.object({ 'application/json': z.object({ schema: z.unknown(), example: z.unknown().optional() }) }),
  }),
})
function contentOf({ method, path }: Route) {
  const operation = document.paths[path.replace(/:(\w+)/g, '{$1}')]?.[method.toLowerCase()]
  return body.parse(operation).requestBody.content['application/json']
}

const schemaParts = z.object({ required: z.array(z.string()).default([]) })
/** Names of the fields that the document says a body must have. */
function requiredOf(route: Route): readonly string[] {
  const { schema } = contentOf(route)
  const named = z.object({ $ref: z.string() }).safeParse(schema)
  const found = named.success ? document.components.schemas[named.data.$ref.split('/').at(-1) ?? ''] : schema
  return schemaParts.parse(found).required
}

describe('examples of the OpenAPI document', () => {
  let backend: TestBackend
  before(async () => {
    backend = await openTestBackend()
    // Who set it up, as on every installation.
    await backend.create('users', { login: 'admin', type: 'ADMIN', password: 'a password that is long' })
  })
  after(() => backend.close())

  const send = (route: Route, payload: unknown) =>
    backend.app.inject({
      method: route.method,
      url: `/admin_api/v1${route.path.replace(':code', 'EUR').replace(/:\w+/g, '1')}`,
      headers: { 'api-key': TEST_KEY },
      payload: JSON.stringify(payload),
    })

  for (const route of tried)
    it(`${route.method} ${route.path} can be carried out as it stands`, async () => {
      const reply = await send(route, contentOf(route).example)
      assert.equal(reply.statusCode, 200, reply.body)
      const hints = [reply.headers['trackyard-hint'] ?? []].flat().map(String)
      // A fresh installation has no clicks to change.
      assert.deepEqual(
        hints.filter((hint) => !hint.startsWith('No click of this period')),
        [],
      )
    })

  it('are there for what people do most', () => {
    const names = new Set(withExample.map(({ method, path }) => `${method} ${path}`))
    const common = [...ORDER, 'report/build', 'clicks/log', 'conversions/log', 'clicks/update_costs', 'api_keys']
    for (const path of common) assert.ok(names.has(`POST /${path}`), path)
  })

  for (const route of tried)
    for (const field of requiredOf(route))
      it(`${route.method} ${route.path} does not work without ${field}, which the document requires`, async () => {
        const example: Record<string, unknown> = { ...route.example }
        delete example[field]
        assert.notEqual((await send(route, example)).statusCode, 200)
      })
})

describe('required fields of the OpenAPI document', () => {
  it('are those that cannot be left out, at every depth', () => {
    const wrong: string[] = []
    for (const route of routes) {
      if (!route.accepts || route.method === 'GET' || route.method === 'DELETE') continue
      const required = new Set(requiredOf(route))
      for (const [name, field] of Object.entries<z.ZodType>(route.accepts.shape))
        if (required.has(name) === field.safeParse(undefined).success)
          wrong.push(`${route.method} ${route.path}: ${name}`)
    }
    assert.deepEqual(wrong, [])
  })
  it('do not hold the filters of costs', () => {
    const route = routes.find(({ path }) => path === '/campaigns/:id/update_costs')
    assert.ok(route)
    assert.deepEqual(requiredOf(route).toSorted(), ['cost', 'end_date', 'start_date'])
  })
})
