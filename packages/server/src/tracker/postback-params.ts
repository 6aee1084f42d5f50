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
export function readPostbackBody(body: Buffer | null, contentType: string, maxBytes: number): PostbackParams {
  if (body === null) return { params: NOTHING, fault: `the body is longer than ${maxBytes} bytes and was not read` }
  const text = body.toString('utf8').replace(/^\ufeff/, '')
  if (text.trim() === '') return { params: NOTHING, fault: '' }
  if (!contentType.includes('json') && !text.trimStart().startsWith('{')) return { params: parseQuery(text), fault: '' }
  const unread = { body: text.slice(0, BODY_SAMPLE) }
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    return { params: unread, fault: `the body is not valid JSON: see ${jsonErrorPosition(text)}` }
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    return { params: unread, fault: 'the body is JSON but no object: send one such as {"subid": "…", "payout": 1.5}' }
  const params = Object.fromEntries(
    Object.entries(parsed).flatMap(([name, value]) =>
      typeof value === 'string' || typeof value === 'number' ? [[name, String(value)]] : [],
    ),
  )
  return { params, fault: '' }
}

const MAX_PARAMS = 100
const MAX_VALUE = 1000

/** What is kept of the parameters: a bounded number of bounded texts. */
export const limited = (params: Params): Record<string, string> =>
  Object.fromEntries(
    Object.entries(params)
      .slice(0, MAX_PARAMS)
      .map(([name, value]) => [name.slice(0, 100), value.slice(0, MAX_VALUE)]),
  )
