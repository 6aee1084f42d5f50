import { nonconformity } from '../../packages/server/src/backend/openapi/conformance.ts'
import { createDocument } from '../../packages/server/src/backend/openapi/document.ts'
import { routes } from '../../packages/server/src/backend/routes.ts'
import { openTestBackend, TEST_KEY, TEST_NOW_MS } from '../../packages/server/src/backend/testing.ts'
import { toLine } from '../../packages/server/src/stores/events/line.ts'
import { createRandom, type Random } from './random.ts'
import { deepJson, nasty, sampleOf } from './values.ts'

export interface Finding {
  readonly number: number
  readonly request: string
  readonly wrong: string
}

export interface FuzzResult {
  readonly requests: number
  readonly byStatus: ReadonlyMap<number, number>
  readonly findings: readonly Finding[]
}

interface Request {
  readonly method: string
  readonly url: string
  readonly body: string | null
  readonly headers: Record<string, string>
}

const BASE = '/admin_api/v1'
/** These call out to the network. */
const LEFT_OUT = /\/(check|test|replay|retry)$/
/** These hash passwords, which is slow on purpose. */
const SLOW = /^\/(auth|users)/
const FRESH_AFTER = 2000
const MAX_FINDINGS = 50

/**
 * Sends requests made from the OpenAPI document, good and bad, to a backend in this process. Whatever comes in, it must
 * answer below 500, in JSON, and as its description says. The same seed sends the same.
 */
export async function fuzzApi(count: number, seed: number): Promise<FuzzResult> {
  const random = createRandom(seed)
  const document = JSON.parse(JSON.stringify(createDocument(routes, { dialect: 'modern', validationStatus: 406 })))
  const targets = Object.entries<Record<string, Operation>>(document.paths)
    .filter(([path]) => !LEFT_OUT.test(path))
    .flatMap(([path, methods]) => Object.entries(methods).map(([method, operation]) => ({ path, method, operation })))
  const byStatus = new Map<number, number>()
  const findings: Finding[] = []
  let backend = await openWorld('2017')
  for (let number = 1; number <= count && findings.length < MAX_FINDINGS; number++) {
    if (number % FRESH_AFTER === 0) {
      await backend.close()
      backend = await openWorld(random.pick(['2017', 'modern'] as const))
    }
    const target = random.pick(targets)
    if (SLOW.test(target.path) && !random.chance(0.1)) continue
    const request = requestFor(target, document.components.schemas, random)
    const wrong = await judge(request, backend, byStatus)
    if (wrong !== null) findings.push({ number, request: shortened(request), wrong: wrong.slice(0, 2000) })
  }
  await backend.close()
  return { requests: count, byStatus, findings }
}

/** A backend with some of everything, so that requests find what they ask for. */
async function openWorld(apiDialect: '2017' | 'modern') {
  const backend = await openTestBackend({ apiDialect })
  for (let n = 1; n <= 8; n++) {
    await backend.create('campaigns', { name: `Campaign ${n}`, alias: `c${n}` })
    await backend.create('offers', { name: `Offer ${n}`, url: 'https://offer.example/' })
    await backend.create('landing_pages', { name: `Page ${n}`, url: 'https://page.example/' })
    await backend.create('streams', { campaign_id: n, offers: [{ offer_id: n }], landings: [{ landing_id: n }] })
    await backend.create('affiliate_networks', { name: `Network ${n}` })
    await backend.create('traffic_sources', { name: `Source ${n}` })
    await backend.create('domains', { name: `go${n}.example.com` })
    await backend.create('groups', { name: `Group ${n}`, type: 'campaigns' })
    await backend.create('bots', { value: `203.0.113.${n}` })
    await backend.create('filters', { name: `Set ${n}`, filters: [{ name: 'country', payload: ['US'] }] })
    await backend.create('blacklist', { type: 'ip', value: `198.51.100.${n}` })
    await backend.create('postbacks', { name: `Postback ${n}`, url: 'https://receiver.example/' })
    const click = { sub_id: `ml6o7rbc00000000${n}`, datetime: TEST_NOW_MS, campaign_id: n }
    await backend.events.insertLines('clicks', [toLine('clicks', click, n)], `click ${n}`)
  }
  return backend
}

async function judge(
  { method, url, body, headers }: Request,
  backend: Awaited<ReturnType<typeof openTestBackend>>,
  byStatus: Map<number, number>,
): Promise<string | null> {
  backend.errors.length = 0
  try {
    const reply = await backend.app.inject({
      method: method as 'GET',
      url,
      headers: { 'api-key': TEST_KEY, ...headers },
      ...(body === null ? {} : { payload: body }),
    })
    const { statusCode: status } = reply
    byStatus.set(status, (byStatus.get(status) ?? 0) + 1)
    if (status >= 500) return `status ${status}: ${JSON.stringify(backend.errors)} ${reply.body.slice(0, 200)}`
    const wrong = nonconformity({ method, url, status, headers: reply.headers, body: reply.body })
    return wrong ?? (backend.errors.length > 0 ? JSON.stringify(backend.errors) : null)
  } catch (thrown) {
    return thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)
  }
}

interface Operation {
  readonly parameters?: readonly {
    readonly name: string
    readonly in: string
    readonly schema: Record<string, unknown>
  }[]
  readonly requestBody?: { readonly content: Record<string, { readonly schema: Record<string, unknown> }> }
}
interface Target {
  readonly path: string
  readonly method: string
  readonly operation: Operation
}

function requestFor({ path, method, operation }: Target, schemas: Record<string, unknown>, random: Random): Request {
  const wrong = random.pick([0, 0, 0.02, 0.1, 0.4])
  const isReadByQuery = method === 'get' || method === 'delete'
  const schema = operation.requestBody?.content['application/json']?.schema
  const query: Record<string, unknown> = {}
  for (const { name, in: place, schema } of operation.parameters ?? [])
    if (place === 'query' && random.chance(0.4)) query[name] = sampleOf(schema, schemas, random, wrong)
  const value = isReadByQuery ? query : schema ? sampleOf(schema, schemas, random, wrong) : {}
  const at = path.replace(/\{(\w+)\}/g, (_, name: string) => pathPart(name, wrong, random))
  const isOdd = random.chance(0.12)
  return {
    method:
      isOdd && random.chance(0.3)
        ? random.pick(['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])
        : method.toUpperCase(),
    url: `${BASE}${at}${queryText(isReadByQuery ? value : {}, isOdd, random)}`,
    ...(isOdd ? oddBody(value, random) : isReadByQuery ? { body: null, headers: {} } : plainBody(value, random)),
  }
}

function pathPart(name: string, wrong: number, random: Random): string {
  if (random.chance(wrong)) return encodeURIComponent(String(nasty(random)).toWellFormed().slice(0, 500)) || '0'
  if (name === 'sub_id') return `ml6o7rbc00000000${random.below(10)}`
  if (name === 'name') return random.pick(['audit', 'postbacks', 'traffic', 'system', 'nothing'])
  return String(random.below(11))
}

function queryText(value: unknown, isOdd: boolean, random: Random): string {
  if (isOdd && random.chance(0.05)) return `?q=${'a'.repeat(1_000_000)}`
  if (isOdd && random.chance(0.1)) return `?${'a[b]['.repeat(200)}=1&%zz&&==&[]=2&__proto__[x]=1`
  const pairs = Object.entries(Object(value)).map(([name, one]): [string, string] => [
    name,
    typeof one === 'object' ? (JSON.stringify(one) ?? '') : String(one),
  ])
  return pairs.length === 0 ? '' : `?${new URLSearchParams(pairs)}`
}

function plainBody(value: unknown, random: Random): Pick<Request, 'body' | 'headers'> {
  const headers: Record<string, string> = random.chance(0.7) ? { 'content-type': 'application/json' } : {}
  if (random.chance(0.2)) headers['api-dialect'] = random.pick(['2017', 'modern'])
  return { body: JSON.stringify(value) ?? '', headers }
}

function oddBody(value: unknown, random: Random): Pick<Request, 'body' | 'headers'> {
  const json = JSON.stringify(value) ?? ''
  const body = random.pick([
    () => json.slice(0, random.below(json.length + 1)),
    () => deepJson(random.pick([10, 100, 5000])),
    () => json.replace(/\d/g, '9'.repeat(30)),
    () => `{"__proto__":{"x":1},${json.slice(1)}`,
    () =>
      new URLSearchParams(
        Object.entries(Object(value)).map(([name, one]): [string, string] => [name, String(one)]),
      ).toString(),
    () => `--x\r\nContent-Disposition: form-data; name="name"\r\n\r\nvalue\r\n--x--\r\n`,
    () => `[${json}]`,
    () => `"${'x'.repeat(200_000)}"`,
    () => '\u0000\u0001\ufeff{',
    () => '',
  ])()
  const type = random.pick([
    ...[
      'application/json',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'multipart/form-data',
    ],
    ...['text/plain', 'application/octet-stream; charset=\u00ff', ''],
  ])
  const dialect: Record<string, string> = random.chance(0.1)
    ? { 'api-dialect': random.pick(['1999', '2017', '', 'modern, modern']) }
    : {}
  return { body, headers: { ...(type === '' ? {} : { 'content-type': type }), ...dialect } }
}

const shortened = ({ method, url, body, headers }: Request): string =>
  `${method} ${url.slice(0, 300)} ${JSON.stringify(headers)} ${(body ?? '').slice(0, 600)}`
