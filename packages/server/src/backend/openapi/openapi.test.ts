import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Validator } from '@seriousme/openapi-schema-validator'
import { z } from 'zod'
import { DIALECTS } from '../dialect/dialect.ts'
import { routes } from '../routes.ts'
import { openTestBackend, type TestBackend } from '../testing.ts'
import { nonconformity } from './conformance.ts'
import { createDocument } from './document.ts'
import { toOperations } from './operations.ts'
import { opened, toJsonSchema } from './schema.ts'
import { undeterminedRoutes } from './undetermined.ts'

describe('schemas', () => {
  const cases: readonly [string, z.ZodType, object, object][] = [
    [
      'types that read several forms are described by the form they read them into',
      z.preprocess(String, z.string().max(3)),
      { type: 'string', maxLength: 3 },
      { type: 'string', maxLength: 3 },
    ],
    ['whole numbers have no bounds that say nothing', z.int(), { type: 'integer' }, { type: 'integer' }],
    [
      'defaults are for those who send',
      z.boolean().default(true).describe('Help.'),
      { default: true, type: 'boolean', description: 'Help.' },
      { type: 'boolean', description: 'Help.' },
    ],
    [
      'objects are closed where answered and open where read',
      z.object({ a: z.string() }),
      { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] },
      { type: 'object', properties: { a: { type: 'string' } }, required: ['a'], additionalProperties: false },
    ],
    [
      'names of properties go unmentioned',
      z.record(z.string(), z.number()),
      { type: 'object', additionalProperties: { type: 'number' } },
      { type: 'object', additionalProperties: { type: 'number' } },
    ],
    ['what cannot be said is anything', z.instanceof(Uint8Array), {}, {}],
  ]
  for (const [name, type, input, output] of cases)
    it(name, () => {
      assert.deepEqual(toJsonSchema(type, 'input').schema, input)
      assert.deepEqual(toJsonSchema(type, 'output').schema, output)
    })

  it('with a name become components, wherever they are', () => {
    const inner = z.object({ x: z.int() }).meta({ id: 'Inner', description: 'In.' })
    const { schema, components } = toJsonSchema(z.array(inner), 'output')
    assert.deepEqual(schema, { type: 'array', items: { $ref: '#/components/schemas/Inner' } })
    assert.deepEqual([...components.keys()], ['Inner'])
    assert.deepEqual(toJsonSchema(inner, 'output').schema, { $ref: '#/components/schemas/Inner' })
  })

  it('that refer to themselves need a name', () => {
    const tree: z.ZodType = z.object({
      get children() {
        return z.array(tree)
      },
    })
    assert.throws(() => toJsonSchema(tree, 'output'), /needs an id/)
  })

  it('lose what closes them, at every depth', () => {
    const closed = toJsonSchema(z.object({ a: z.object({}) }), 'output').schema
    assert.ok(!JSON.stringify(opened(closed)).includes('additionalProperties'))
  })
})

describe('the OpenAPI document', () => {
  for (const dialect of DIALECTS)
    it(`is valid by an independent validator: ${dialect}`, async () => {
      const document: unknown = JSON.parse(JSON.stringify(createDocument(routes, { dialect, validationStatus: 406 })))
      const result = await new Validator().validate(Object(document))
      assert.ok(result.valid, JSON.stringify(result.errors))
    })

  it('has one operation for each route, each with a name of its own', () => {
    const operations = toOperations(routes)
    assert.equal(operations.length, routes.length)
    assert.equal(new Set(operations.map(({ id }) => id)).size, routes.length)
    const ids = operations.map(({ id }) => id)
    for (const id of ['campaigns.create', 'offers.list', 'streams.update', 'users.api_keys.create', 'report.build'])
      assert.ok(ids.includes(id), id)
    for (const { id, aliasOf } of operations)
      if (aliasOf !== null) assert.ok(ids.includes(aliasOf), `${id}: ${aliasOf}`)
  })

  it('describes every operation, group, parameter and field', () => {
    const document = createDocument(routes, { dialect: 'modern', validationStatus: 406 })
    const silent: string[] = []
    for (const { name, description } of z
      .array(z.object({ name: z.string(), description: z.string() }))
      .parse(document.tags))
      if (description === '') silent.push(`tag ${name}: see openapi/tags.ts`)
    for (const [path, methods] of Object.entries(document.paths))
      for (const [method, operation] of Object.entries(methods)) {
        if (!operation.description) silent.push(`${method} ${path}`)
        missingDescriptions(operation, `${method} ${path}`, silent)
      }
    missingDescriptions(document.components.schemas, 'schemas', silent)
    assert.deepEqual(silent, [])
  })

  it('says where Keitaro’s API leaves something open, and of routes that are there', () => {
    const names = routes.map(({ method, path }) => `${method} ${path}`)
    for (const pattern of undeterminedRoutes)
      assert.ok(
        names.some((name) => pattern.test(name)),
        String(pattern),
      )
    const { paths } = createDocument(routes, { dialect: 'modern', validationStatus: 406 })
    const copy = JSON.parse(JSON.stringify(paths))['/streams/copy'].post
    assert.equal(copy['x-undetermined'], true)
    assert.match(copy.description, /decided here: Streams are named by stream_ids/)
    assert.equal(JSON.parse(JSON.stringify(paths))['/campaigns'].get['x-undetermined'], undefined)
  })
  it('says who may use an operation', () => {
    const document = createDocument(routes, { dialect: 'modern', validationStatus: 406 })
    for (const methods of Object.values(document.paths))
      for (const operation of Object.values(methods)) assert.ok(operation['x-access'])
    assert.deepEqual(document.paths['/auth/login']?.post?.security, [])
  })
})

describe('GET openapi.json', () => {
  let backend: TestBackend
  before(async () => {
    backend = await openTestBackend()
  })
  after(() => backend.close())
  const get = (query = '', headers: Record<string, string> = {}) =>
    backend.app.inject({
      url: `/admin_api/v1/openapi.json${query}`,
      headers: { 'api-key': 'test-key-of-the-administrator', ...headers },
    })

  it('answers the document, and nothing to who has it already', async () => {
    const first = await get()
    assert.equal(first.statusCode, 200)
    assert.equal(first.json().openapi, '3.1.0')
    const etag = String(first.headers.etag)
    const again = await get('', { 'if-none-match': etag })
    assert.deepEqual([again.statusCode, again.body], [304, ''])
    const other = await get('?dialect=2017', { 'if-none-match': etag })
    assert.equal(other.statusCode, 200)
    assert.notEqual(other.headers.etag, etag)
  })

  it('needs a key and a known dialect', async () => {
    assert.equal((await get('', { 'api-key': '' })).statusCode, 401)
    const refused = await get('?dialect=1999')
    assert.deepEqual([refused.statusCode, refused.json()], [406, { dialect: ['must be 2017 or modern'] }])
  })
})

describe('conformance', () => {
  const judge = (url: string, status: number, body: unknown, method = 'GET') =>
    nonconformity({ method, url, status, headers: {}, body: typeof body === 'string' ? body : JSON.stringify(body) })

  it('finds what the description does not say', () => {
    assert.match(judge('/admin_api/v1/domains/ip', 200, { ipv4: '' }) ?? '', /ipv6/)
    assert.match(judge('/admin_api/v1/domains/ip', 200, { ipv4: '', ipv6: '', ipv8: '' }) ?? '', /additional/)
    assert.match(judge('/admin_api/v1/domains/ip', 418, {}) ?? '', /does not know/)
    assert.match(judge('/admin_api/v1/domains/ip', 403, { message: 'no' }) ?? '', /error/)
    assert.match(judge('/admin_api/v1/campaigns', 406, { error: 'no' }, 'POST') ?? '', /array/)
    assert.match(judge('/admin_api/v1/domains/ip', 200, '<html>') ?? '', /no JSON/)
  })
  it('accepts what it says', () => {
    assert.equal(judge('/admin_api//v1/domains/ip/?x=1', 200, { ipv4: '', ipv6: '' }), null)
    assert.equal(judge('/admin_api/v1/nowhere', 404, { error: 'There is nothing.' }), null)
    assert.equal(judge('/admin', 200, '<html>'), null)
  })
})

/** Fields and parameters without a description. */
function missingDescriptions(value: unknown, at: string, silent: string[]): void {
  if (typeof value !== 'object' || value === null) return
  for (const [key, inner] of Object.entries(value)) {
    if (key === 'examples' || key === 'example') continue
    if (key === 'parameters' && Array.isArray(inner)) {
      for (const one of inner) if (!one.description) silent.push(`${at} parameter ${one.name}`)
    }
    if (key === 'properties' && typeof inner === 'object' && inner !== null)
      for (const [name, field] of Object.entries(inner)) if (!isDescribed(field)) silent.push(`${at}.${name}`)
    missingDescriptions(inner, `${at}.${key}`.replace(/\.(properties|items|schema|content|responses)\b/g, ''), silent)
  }
}

/** A field that is nothing but a component is described there. */
const isDescribed = (field: unknown): boolean =>
  typeof field === 'object' &&
  field !== null &&
  (('description' in field && field.description !== '') || '$ref' in field)
