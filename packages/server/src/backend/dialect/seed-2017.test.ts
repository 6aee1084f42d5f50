import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { type EntityKind, type FieldsOf, isEntityKind } from '@trackyard/core/entities/index.ts'
import { parseNewFields } from '@trackyard/core/entities/parse.ts'
import { ok } from '@trackyard/core/result.ts'
import { z } from 'zod'
import { openTestBackend, TEST_KEY, TEST_NOW_MS, type TestBackend } from '../testing.ts'
import { DIALECTS, type Dialect } from './dialect.ts'

const cases = z
  .strictObject({
    about: z.string(),
    modernTypes: z.record(z.string(), z.record(z.string(), z.enum(['number', 'text', 'time', 'list', 'object']))),
    cases: z.array(
      z.strictObject({
        name: z.string(),
        note: z.string().optional(),
        given: z
          .array(
            z.strictObject({
              kind: z.string().refine(isEntityKind),
              id: z.int(),
              fields: z.record(z.string(), z.unknown()),
              created_at: z.string(),
              updated_at: z.string().optional(),
            }),
          )
          .default([]),
        at: z.string().optional(),
        nextId: z.record(z.string(), z.int()).default({}),
        events: z.array(z.record(z.string(), z.unknown())).default([]),
        request: z.string().regex(/^(GET|POST|PUT|DELETE) \//),
        curlPost: z.boolean().default(false),
        body: z.record(z.string(), z.unknown()).optional(),
        misprint: z.string().optional(),
        answer: z.unknown(),
        mayDiffer: z.array(z.string()).default([]),
        alsoShown: z.array(z.string()).default([]),
        modern: z.enum(['list', 'list of one', 'object', 'report', 'same']),
      }),
    ),
  })
  .parse(JSON.parse(readFileSync(new URL('seed-2017.cases.json', import.meta.url), 'utf8')))
type Case = (typeof cases.cases)[number]
type Given = Case['given'][number]

/** Each section of the page starts with an empty database; within it, what one request did is there for the next. */
const sections = Map.groupBy(cases.cases, ({ name }) => name.split(':')[0])
for (const dialect of DIALECTS) {
  for (const [section, list] of sections) {
    describe(`samples of the first Admin API under ${dialect}: ${section}`, () => {
      let backend: TestBackend
      let nowMs = TEST_NOW_MS
      before(async () => {
        backend = await openTestBackend({ apiDialect: dialect })
      })
      after(() => backend.close())

      for (const one of list) {
        it(one.name, async () => {
          for (const row of one.given) await arrange(backend, row)
          for (const [kind, id] of Object.entries(one.nextId)) if (isEntityKind(kind)) await skipTo(backend, kind, id)
          if (one.at) {
            backend.wait(utcMs(one.at) - nowMs)
            nowMs = utcMs(one.at)
          }
          backend.answer = { rows: one.events, totals: null, rowsBeforeLimit: one.events.length }
          if (one.misprint) assert.equal((await send(backend, one, one.misprint)).statusCode, 404)
          const reply = await send(backend, one, one.request)
          assert.equal(reply.statusCode, 200, reply.body)
          assert.match(String(reply.headers['content-type']), /^application\/json/)
          assertAnswer(dialect, one, reply.body)
        })
      }
    })
  }
}

/** The request as PHP's curl sends it: JSON text that claims to be a form, `/` escaped, a length even without body. */
function send({ app }: TestBackend, one: Case, request: string) {
  const [method = '', path] = request.split(' ')
  const payload = one.body === undefined ? '' : JSON.stringify(one.body).replaceAll('/', '\\/')
  const isPost = one.curlPost || payload !== ''
  return app.inject({
    method: method as 'GET',
    url: `/admin_api/v1${path}`,
    headers: {
      'api-key': TEST_KEY,
      accept: '*/*',
      ...(isPost
        ? { 'content-type': 'application/x-www-form-urlencoded', 'content-length': String(payload.length) }
        : {}),
    },
    ...(isPost ? { payload } : {}),
  })
}

function assertAnswer(dialect: Dialect, one: Case, text: string): void {
  if (dialect === 'modern') return assertModern(one, JSON.parse(text))
  if (one.answer === null) return assert.equal(text, '')
  const actual: unknown = JSON.parse(text)
  assert.deepEqual(comparable(actual, one), comparable(one.answer, { ...one, alsoShown: [] }))
}

/** The answer with fields whose value may differ replaced by their types, and fields the page leaves out left out. */
function comparable(value: unknown, one: Pick<Case, 'mayDiffer' | 'alsoShown'>): unknown {
  if (Array.isArray(value)) return value.map((item) => comparable(item, one))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !one.alsoShown.includes(key))
      .map(([key, inner]) => [key, one.mayDiffer.includes(key) ? typeOf(inner) : comparable(inner, one)]),
  )
}

function assertModern(one: Case, body: unknown): void {
  if (one.modern === 'same') return assert.deepEqual(body, one.answer)
  if (one.modern === 'report') {
    assert.partialDeepStrictEqual(Object.keys(Object(body)), ['rows', 'total', 'meta'])
    return
  }
  assert.equal(Array.isArray(body), one.modern.startsWith('list'))
  const list: unknown[] = Array.isArray(body) ? body : [body]
  if (one.modern === 'list of one') assert.equal(list.length, 1)
  const kind = /^\w+ \/(?:campaigns\/\d+\/(?=streams))?(\w+)/.exec(one.request)?.[1] ?? ''
  const types = cases.modernTypes[kind]
  assert.ok(types && list.length > 0, kind)
  for (const entity of list) {
    const fields = new Map(Object.entries(Object(entity)))
    for (const [key, type] of Object.entries(types)) assert.equal(typeOf(fields.get(key)), type, `${kind}.${key}`)
  }
}

function typeOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'list'
  if (typeof value !== 'string') return typeof value
  if (/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/.test(value)) return 'time'
  return /^\d+\.\d{4}$/.test(value) ? 'four decimals' : 'text'
}

/** Puts an entity there under its id, past the checks of the API: the samples hold what no longer could be made. */
async function arrange(backend: TestBackend, { kind, id, fields, created_at, updated_at = created_at }: Given) {
  const parsed = parseNewFields(kind, fields)
  assert.ok(parsed.ok, JSON.stringify(parsed))
  if (!(await backend.store.get(kind, id))) await insertAs(backend, kind, id, parsed.value, utcMs(created_at))
  await change(backend, utcMs(updated_at), (writer) => writer.update(kind, id, parsed.value))
}

/** Makes and removes as many as it takes to get the id. */
async function insertAs<Kind extends EntityKind>(
  backend: TestBackend,
  kind: Kind,
  id: number,
  fields: FieldsOf<Kind>,
  atMs: number,
): Promise<void> {
  await change(backend, atMs, async (writer) => {
    for (;;) {
      const made = await writer.insert(kind, fields)
      assert.ok(made.id <= id, `the id ${id} of ${kind} was used before`)
      if (made.id === id) return
      await writer.remove(kind, made.id)
    }
  })
}

/** Uses up ids, so that the next entity of the kind gets this one. */
async function skipTo(backend: TestBackend, kind: EntityKind, id: number): Promise<void> {
  if (await backend.store.get(kind, id - 1)) return
  const filler = parseNewFields(
    kind,
    kind === 'groups' ? { name: 'filler', type: 'offers' } : { name: 'filler', alias: 'filler' },
  )
  assert.ok(filler.ok, JSON.stringify(filler))
  await insertAs(backend, kind, id - 1, filler.value, 1)
  await change(backend, 1, (writer) => writer.remove(kind, id - 1))
}

async function change(
  { store }: TestBackend,
  atMs: number,
  work: (writer: Parameters<Parameters<TestBackend['store']['change']>[1]>[0]) => Promise<unknown>,
): Promise<void> {
  await store.change({ actor: 'test', atMs }, async (writer) => ok(await work(writer)))
}

const utcMs = (text: string): number => Date.parse(`${text.replace(' ', 'T')}Z`)

it('no sample of the page is left out: each address that its PHP calls has a case', () => {
  const known = new Set(cases.cases.flatMap(({ request, misprint = '' }) => [request, misprint].map(pathOf)))
  const called = [
    ...['/affiliate_networks', '/affiliate_networks/1', '/affiliate_networks/4', '/affiliate_networks/1/clone'],
    ...['/campaigns', '/campaigns/deleted', '/campaigns/662/disable', '/campaigns/662/enable', '/campaigns/89'],
    ...['/campaigns/734', '/campaigns/734/restore', '/campaigns/734/clone', '/campaigns/2/update_costs'],
    ...['/campaigns/2/strems', '/offers', '/offers/16', '/offers/16/archive', '/groups?type=campaigns', '/groups'],
    ...['/groups/19', '/offers/19/delete', '/report/build'],
  ]
  assert.deepEqual(
    called.filter((path) => !known.has(path)),
    [],
  )
})

const pathOf = (request: string): string => request.split(' ')[1] ?? ''
