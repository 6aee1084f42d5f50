import { Ajv2020 } from 'ajv/dist/2020.js'
import { type Dialect, isDialect } from '../dialect/dialect.ts'
import type { Route } from '../route.ts'
import { routes } from '../routes.ts'
import { createDocument, type OpenApiDocument } from './document.ts'

/** Checks for tests: does what the backend answers agree with what its OpenAPI document says? */

/** What is compared: a request and its answer. */
export interface Exchange {
  readonly method: string
  /** With or without a query string. */
  readonly url: string
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: string
}

const BASE = '/admin_api/v1'

/** What is wrong with an answer of the Admin API, null when nothing is; addresses outside of it are not judged. */
export function nonconformity(exchange: Exchange): string | null {
  const { method, status, headers, body } = exchange
  const path = plainPath(exchange.url)
  if (!path.startsWith(`${BASE}/`) || path.startsWith(`${BASE}/docs`)) return null
  const dialect = isDialect(headers['api-dialect']) ? headers['api-dialect'] : 'modern'
  const where = `${method} ${path} answered ${status} under ${dialect}`
  if (status === 304) return body === '' ? null : `${where} with a body`
  const route = routeAt(method, path.slice(BASE.length))
  if (!route)
    return status >= 400
      ? bodyProblem(where, body, 'modern 406', '#/components/schemas/Error')
      : `${where} without a route`
  const validationStatus = status === 422 && !route.isRefusal ? 422 : 406
  const key = `${dialect} ${validationStatus}`
  const operation = asRecord(documentOf(dialect, validationStatus).paths[inBraces(route.path)]?.[method.toLowerCase()])
  const response = asRecord(operation.responses)[String(status)]
  if (response === undefined) return `${where}, which its description does not know: ${body.slice(0, 300)}`
  const { $ref, content } = asRecord(response)
  if (typeof $ref === 'string') return bodyProblem(where, body, key, `${$ref}/content/application~1json/schema`)
  const [first, ...others] = Object.keys(asRecord(content))
  const type = others.find((other) => other === headers['content-type']) ?? first
  if (type === undefined) return body === '' ? null : `${where} with a body, though it has none: ${body.slice(0, 200)}`
  if (type !== 'application/json') return null
  const steps = ['paths', inBraces(route.path), method.toLowerCase(), 'responses', '200', 'content', type, 'schema']
  return bodyProblem(where, body, key, `#/${steps.map(escaped).join('/')}`)
}

/** The path without what the backend does not mind: doubled slashes and one at the end. */
const plainPath = (url: string): string => (url.split('?')[0] ?? '').replace(/\/{2,}/g, '/').replace(/(?<=.)\/$/, '')

const inBraces = (path: string): string => path.replace(/:(\w+)/g, '{$1}')

const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true })
const documents = new Map<string, OpenApiDocument>()

function documentOf(dialect: Dialect, validationStatus: 406 | 422): OpenApiDocument {
  const key = `${dialect} ${validationStatus}`
  const known = documents.get(key)
  if (known) return known
  const document = createDocument(routes, { dialect, validationStatus, isClosed: true })
  documents.set(key, document)
  ajv.addSchema(document, encodeURIComponent(key))
  return document
}

function bodyProblem(where: string, body: string, key: string, pointer: string): string | null {
  let value: unknown
  try {
    value = JSON.parse(body)
  } catch {
    return `${where} with something that is no JSON: ${body.slice(0, 200)}`
  }
  documentOf('modern', 406)
  const validate = ajv.getSchema(`${encodeURIComponent(key)}${pointer}`)
  if (!validate) return `${where}: there is no schema ${pointer}`
  if (validate(value)) return null
  const errors = ajv.errorsText(validate.errors, { separator: '; ' })
  return `${where} and does not conform: ${errors.slice(0, 600)} in ${body.slice(0, 800)}`
}

const matchers = routes
  .map((route) => ({ route, pattern: new RegExp(`^${route.path.replace(/\./g, '\\.').replace(/:\w+/g, '[^/]+')}$`) }))
  // Fixed parts go before parameters.
  .toSorted((a, b) => a.route.path.split(':').length - b.route.path.split(':').length)

const routeAt = (method: string, path: string): Route | undefined =>
  matchers.find(({ route, pattern }) => route.method === method && pattern.test(path))?.route

const escaped = (part: string): string => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))

const asRecord = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}
