import type { PostbackEvent } from '@trackyard/core/events/spool-event.ts'
import { isSubId } from '@trackyard/core/events/sub-id.ts'
import type { Deps } from './deps.ts'
import type { Answer, FrontRequest } from './front.ts'
import { header, type Origin } from './headers.ts'
import { type Params, parseQuery } from './query.ts'
import { plain } from './respond.ts'

const MAX_BODY_BYTES = 65_536
const SUB_ID_NAMES = ['subid', 'sub_id', 'clickid', 'click_id'] as const

/**
 * A conversion reported by an affiliate network: kept as it came and acknowledged once it is in the spool; what it
 * means is worked out when it is applied (reference conversions-and-reports §2). 503 asks the network to come again.
 */
export async function handlePostback(
  request: FrontRequest,
  origin: Origin,
  query: Params,
  deps: Deps,
  answer: Answer,
): Promise<void> {
  if (request.method === 'OPTIONS')
    return answer(
      plain(204, '', 'text/plain', [
        'Access-Control-Allow-Methods',
        'GET, POST',
        'Access-Control-Allow-Headers',
        'content-type',
      ]),
    )
  const body = request.method === 'POST' ? await request.readBody(MAX_BODY_BYTES) : null
  const params = { ...(body ? parseBody(body, header(request.headers, 'content-type')) : {}), ...query }
  const subId = SUB_ID_NAMES.map((name) => params[name]?.trim().toLowerCase()).find(Boolean)
  if (!subId)
    return answer(
      plain(
        400,
        'Incorrect postback: subid is missing. Put {subid} into the offer URL and send its value back as subid.',
      ),
    )
  const event: PostbackEvent = {
    kind: 'postback',
    subId: subId.slice(0, 100),
    atMs: deps.senses.nowMs(),
    params: limited(params),
    ip: origin.ip,
  }
  deps.spool.append(`p\t${isSubId(subId) ? subId : '-'}\t${JSON.stringify(event)}`, (durable) => {
    if (durable) {
      deps.metrics.postbacks.inc()
      return answer(plain(200, params.return ?? 'Success'))
    }
    deps.metrics.undurable.inc()
    answer(plain(503, 'The postback could not be stored. Send it again later.', undefined, ['Retry-After', '60']))
  })
}

function parseBody(body: Buffer, contentType: string): Params {
  const text = body.toString('utf8')
  if (!contentType.includes('json') && !text.trimStart().startsWith('{')) return parseQuery(text)
  try {
    const parsed: unknown = JSON.parse(text)
    if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return {}
    return Object.fromEntries(
      Object.entries(parsed).flatMap(([name, value]) =>
        typeof value === 'string' || typeof value === 'number' ? [[name, String(value)]] : [],
      ),
    )
  } catch {
    return {}
  }
}

const MAX_PARAMS = 100
const MAX_VALUE = 1000

function limited(params: Params): Record<string, string> {
  return Object.fromEntries(
    Object.entries(params)
      .slice(0, MAX_PARAMS)
      .map(([name, value]) => [name.slice(0, 100), value.slice(0, MAX_VALUE)]),
  )
}
