import { isReadParameter } from '@trackyard/core/conversion/read-postback.ts'
import { jsonErrorPosition } from '../json-position.ts'
import { type Params, parseQuery } from './query.ts'

export interface PostbackParams {
  readonly params: Params
  /** What could not be read, in words; '' when everything could. */
  readonly fault: string
}

const NOTHING: Params = {}
/** What is kept of a body that cannot be read, so that people see what their network sends. */
const BODY_SAMPLE = 1000

/** Parameters of a POST body, a form or JSON. A body that cannot be read is named and the query stands alone. */
export async function readBodyParams(
  body: Buffer | null,
  contentType: string,
  maxBytes: number,
): Promise<PostbackParams> {
  if (body === null) return { params: NOTHING, fault: `the body is longer than ${maxBytes} bytes and was not read` }
  if (/^\s*multipart\/form-data/i.test(contentType)) return readMultipart(body, contentType)
  const text = body.toString('utf8').replace(/^\ufeff/, '')
  if (text.trim() === '') return { params: NOTHING, fault: '' }
  if (!contentType.includes('json') && !text.trimStart().startsWith('{')) return { params: parseQuery(text), fault: '' }
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    return unread(text, `the body is not valid JSON: see ${jsonErrorPosition(text)}`)
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    return unread(text, 'the body is JSON but no object: send one such as {"subid": "…", "payout": 1.5}')
  const params = Object.fromEntries(
    Object.entries(parsed).flatMap(([name, value]) => (value === null ? [] : [[name, asText(value)]])),
  )
  return { params, fault: '' }
}

/** What is no parameter of ours is kept all the same, as JSON when it is no plain value. */
const asText = (value: unknown): string => (typeof value === 'object' ? JSON.stringify(value) : String(value))

/** The form that curl and PHP send when they are given a list of fields. */
async function readMultipart(body: Buffer, contentType: string): Promise<PostbackParams> {
  try {
    const form = await new Response(new Uint8Array(body), { headers: { 'content-type': contentType } }).formData()
    const texts = [...form].flatMap(([name, value]) => (typeof value === 'string' ? [[name, value] as const] : []))
    return { params: Object.fromEntries(texts), fault: '' }
  } catch {
    return unread(body.toString('utf8'), 'the body is not a valid multipart form')
  }
}

const unread = (text: string, fault: string): PostbackParams => ({
  params: { body: withoutToken(text.slice(0, BODY_SAMPLE)) },
  fault,
})

/** The token of a network is a secret, also where the rest of what it sent is no use. */
const withoutToken = (text: string): string =>
  text
    .replace(/((["']?)token\2\s*[:=]\s*)("(?:[^"\\]|\\.)*"?|'[^']*'?|[^\s,;&}"']+)/gi, '$1***')
    .replace(/(name="?token"?\s+)\S+/gi, '$1***')

const MAX_PARAMS = 100
const MAX_VALUE = 1000

/** What is kept of the parameters: a bounded number of bounded texts, those that mean something before the others. */
export function limited(params: Params): Record<string, string> {
  const all = Object.entries(params)
  const kept =
    all.length <= MAX_PARAMS
      ? all
      : [...all.filter(([name]) => isReadParameter(name)), ...all.filter(([name]) => !isReadParameter(name))]
  return Object.fromEntries(
    kept.slice(0, MAX_PARAMS).map(([name, value]) => [name.slice(0, 100), value.slice(0, MAX_VALUE)]),
  )
}
