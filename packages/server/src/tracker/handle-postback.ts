import type { PostbackEvent } from '@trackyard/core/events/spool-event.ts'
import { isSubId } from '@trackyard/core/events/sub-id.ts'
import type { Deps } from './deps.ts'
import type { Answer, FrontRequest } from './front.ts'
import { header, type Origin } from './headers.ts'
import { limited, readPostbackBody } from './postback-params.ts'
import type { Params } from './query.ts'
import { plain } from './respond.ts'

const MAX_BODY_BYTES = 65_536
const SUB_ID_NAMES = ['subid', 'sub_id', 'clickid', 'click_id'] as const
const WINDOW_MS = 60_000
/** Rejected postbacks that are kept in the log each minute; enough to see what is wrong, too few to fill a disk. */
const REJECTED_PER_WINDOW = 60

type PostbackDeps = Pick<Deps, 'spool' | 'metrics'> & { readonly senses: Pick<Deps['senses'], 'nowMs'> }
type PostbackHandler = (
  request: FrontRequest,
  origin: Origin,
  query: Params,
  deps: PostbackDeps,
  answer: Answer,
) => Promise<void>

/**
 * A conversion reported by an affiliate network: kept as it came and acknowledged once it is in the spool; what it
 * means is worked out when it is applied (reference conversions-and-reports §2). 503 asks the network to come again.
 * One that names no click is refused, and kept as well so that its log tells why nothing arrives.
 */
export function createPostbackHandler(): PostbackHandler {
  const mayKeep = createAllowance()
  return async (request, origin, query, deps, answer) => {
    if (request.method === 'OPTIONS') return answer(PREFLIGHT)
    const body =
      request.method === 'POST'
        ? readPostbackBody(
            await request.readBody(MAX_BODY_BYTES),
            header(request.headers, 'content-type'),
            MAX_BODY_BYTES,
          )
        : { params: {}, fault: '' }
    const params = { ...body.params, ...query }
    const subId = SUB_ID_NAMES.map((name) => params[name]?.trim().toLowerCase()).find(Boolean) ?? ''
    const atMs = deps.senses.nowMs()
    const fault = subId === '' && body.fault === '' ? NO_SUB_ID : body.fault
    const event: PostbackEvent = {
      kind: 'postback',
      subId: subId.slice(0, 100),
      atMs,
      params: limited(params),
      ip: origin.ip,
      ...(fault === '' ? {} : { fault }),
    }
    const record = `p\t${isSubId(subId) ? subId : '-'}\t${JSON.stringify(event)}`
    if (subId === '') {
      deps.metrics.rejectedPostbacks.inc()
      const refusal = plain(400, `Incorrect postback: ${fault}.`)
      if (mayKeep(atMs)) return deps.spool.append(record, () => answer(refusal))
      deps.metrics.unloggedPostbacks.inc()
      return answer(refusal)
    }
    deps.spool.append(record, (durable) => {
      if (durable) {
        deps.metrics.postbacks.inc()
        return answer(plain(200, params.return ?? 'Success'))
      }
      deps.metrics.undurable.inc()
      answer(plain(503, 'The postback could not be stored. Send it again later.', undefined, ['Retry-After', '60']))
    })
  }
}

const NO_SUB_ID = 'subid is missing. Put {subid} into the offer URL and send its value back as subid'
const PREFLIGHT = plain(204, '', 'text/plain', [
  'Access-Control-Allow-Methods',
  'GET, POST',
  'Access-Control-Allow-Headers',
  'content-type',
])

/** So many in each minute. */
function createAllowance(): (nowMs: number) => boolean {
  let untilMs = 0
  let kept = 0
  return (nowMs) => {
    if (nowMs >= untilMs) {
      untilMs = nowMs + WINDOW_MS
      kept = 0
    }
    return ++kept <= REJECTED_PER_WINDOW
  }
}
