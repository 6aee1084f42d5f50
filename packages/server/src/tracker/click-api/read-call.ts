import type { FrontRequest } from '../front.ts'
import { header } from '../headers.ts'
import { readBodyParams } from '../postback-params.ts'
import { type Params, parseQuery } from '../query.ts'

/** Far more than visitors' headers take; what is longer is no call of ours. */
export const MAX_BODY_BYTES = 131_072

/** Parameters of a call or what is wrong with it, in words for the developer of the site. */
export type Call = { readonly params: Params } | { readonly fault: string; readonly status: 200 | 413 }

/** Reads a call of the Click API: query, form of either kind or JSON, the body winning. Lists are named as PHP does, `a[b]`. */
export async function readCall(request: FrontRequest, query: Params): Promise<Call> {
  if (request.method !== 'POST') return { params: query }
  const body = await request.readBody(MAX_BODY_BYTES)
  if (body === null) return { fault: `The request is longer than ${MAX_BODY_BYTES} bytes.`, status: 413 }
  const type = header(request.headers, 'content-type')
  if (/^\s*multipart\/form-data/i.test(type)) {
    const { params, fault } = await readBodyParams(body, type, MAX_BODY_BYTES)
    return fault === ''
      ? { params: merged(query, params) }
      : { fault: `The call cannot be read: ${fault}.`, status: 200 }
  }
  const text = body.toString('utf8').replace(/^\ufeff/, '')
  const isJson = type.includes('json') || text.trimStart().startsWith('{')
  if (!isJson || text.trim() === '') return { params: merged(query, parseQuery(text)) }
  const values = parseJson(text)
  if (values === null)
    return { fault: 'The body is not a JSON object. Send one such as {"token": "…", "ip": "…"}.', status: 200 }
  return { params: merged(query, flat(values)) }
}

/** Without a prototype: a parameter may be called __proto__ or constructor. */
const merged = (...parts: readonly Params[]): Params => Object.assign(Object.create(null), ...parts)

function flat(values: object, prefix = ''): Record<string, string> {
  const params: Record<string, string> = Object.create(null)
  for (const [key, value] of Object.entries(values)) {
    const name = prefix === '' ? key : `${prefix}[${key}]`
    if (typeof value === 'string') params[name] = value
    else if (typeof value === 'number') params[name] = String(value)
    else if (typeof value === 'boolean') params[name] = value ? '1' : '0'
    // One level, for the visitor's headers.
    else if (typeof value === 'object' && value !== null && prefix === '') Object.assign(params, flat(value, key))
  }
  return params
}

function parseJson(text: string): object | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : null
  } catch {
    return null
  }
}
