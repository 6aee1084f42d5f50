import { subIdOf } from '@trackyard/core/conversion/read-postback.ts'
import type { PostbackEvent } from '@trackyard/core/events/spool-event.ts'
import { isSubId } from '@trackyard/core/events/sub-id.ts'
import type { PostbackRules } from '../postback-rules.ts'
import type { Deps } from './deps.ts'
import type { Answer, FrontReply, FrontRequest } from './front.ts'
import { header, type Origin, readCookie } from './headers.ts'
import { gateOf } from './postback-gate.ts'
import { limited, readBodyParams } from './postback-params.ts'
import type { Params } from './query.ts'
import { plain } from './respond.ts'

const MAX_BODY_BYTES = 65_536
const WINDOW_MS = 60_000
/** Rejected postbacks that are kept in the log each minute; enough to see what is wrong, too few to fill a disk. */
const REJECTED_PER_WINDOW = 60

type PostbackDeps = Pick<Deps, 'spool' | 'metrics'> & { readonly senses: Pick<Deps['senses'], 'nowMs'> }

/** At which address a postback came in. */
export interface PostbackDoor {
  /** What the configuration says of postbacks. */
  readonly rules: PostbackRules | undefined
  /** The campaign whose token stood in place of the key; null when it was the key. */
  readonly campaignId: number | null
}

type PostbackHandler = (
  request: FrontRequest,
  origin: Origin,
  query: Params,
  deps: PostbackDeps,
  answer: Answer,
  door: PostbackDoor,
) => Promise<void>

/**
 * A conversion reported by an affiliate network: kept as it came and acknowledged once it is in the spool; what it
 * means is worked out when it is applied (reference conversions-and-reports §2). 503 asks the network to come again.
 * One that names no click or lacks what its network requires is refused, and kept as well so that its log tells why
 * nothing arrives.
 */
export function createPostbackHandler(): PostbackHandler {
  const mayKeep = createAllowance(REJECTED_PER_WINDOW)
  return async (request, origin, query, deps, answer, { rules, campaignId }) => {
    if (request.method === 'OPTIONS') return answer(PREFLIGHT)
    const body =
      request.method === 'POST'
        ? await readBodyParams(
            await request.readBody(MAX_BODY_BYTES),
            header(request.headers, 'content-type'),
            MAX_BODY_BYTES,
          )
        : { params: {}, fault: '' }
    const { params, refusal, stamps } = gateOf(rules)({ ...body.params, ...query }, origin.ip)
    const isPixel = PIXEL_WORDS.has(params.return?.trim().toLowerCase() ?? '')
    // Pages of the tracker's own hosts have the click in a cookie; servers of networks send none.
    const ofCookie = isPixel || campaignId !== null ? readCookie(request.headers, '_subid').toLowerCase() : ''
    const subId = subIdOf(params) || ofCookie
    const atMs = deps.senses.nowMs()
    const fault = subId === '' && body.fault === '' ? NO_SUB_ID : body.fault
    const event: PostbackEvent = {
      kind: 'postback',
      subId: subId.slice(0, 100),
      atMs,
      params: limited(params),
      ip: origin.ip,
      ...stamps,
      ...(campaignId === null ? {} : { campaignId }),
      ...(fault === '' ? {} : { fault }),
      ...(refusal === '' ? {} : { refusal: `403 because ${refusal}` }),
    }
    const record = `p\t${isSubId(subId) ? subId : '-'}\t${JSON.stringify(event)}`
    if (subId === '' || refusal !== '') {
      deps.metrics.rejectedPostbacks.inc()
      const answered =
        refusal === '' ? text(400, `Incorrect postback: ${fault}.`) : text(403, `Refused postback: ${refusal}.`)
      if (mayKeep(atMs)) return deps.spool.append(record, () => answer(answered))
      deps.metrics.unloggedPostbacks.inc()
      return answer(answered)
    }
    deps.spool.append(record, (durable) => {
      if (durable) {
        deps.metrics.postbacks.inc()
        return answer(isPixel ? PIXEL : text(200, params.return ?? 'Success'))
      }
      deps.metrics.undurable.inc()
      answer(text(503, 'The postback could not be stored. Send it again later.', ['Retry-After', '60']))
    })
  }
}

/** The answer may repeat what was sent, which no browser shall take for a page. */
const text = (status: number, body: string, extra: readonly string[] = []): FrontReply =>
  plain(status, body, undefined, ['X-Content-Type-Options', 'nosniff', ...extra])

const NO_SUB_ID = 'subid is missing. Put {subid} into the offer URL and send its value back as subid'
const PREFLIGHT = plain(204, '', 'text/plain', [
  'Access-Control-Allow-Methods',
  'GET, POST',
  'Access-Control-Allow-Headers',
  'content-type',
])

/** `return=` of these asks for a picture: for `<img>` on a page. */
const PIXEL_WORDS: ReadonlySet<string> = new Set(['img', 'gif', 'pixel'])
/** One transparent point. */
const GIF = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64')
const PIXEL: FrontReply = {
  status: 200,
  headers: [
    ...['Cache-Control', 'no-store, no-cache, must-revalidate', 'Access-Control-Allow-Origin', '*'],
    ...['Content-Type', 'image/gif', 'Content-Length', String(GIF.length)],
  ],
  body: GIF,
}

/** So many in each minute. */
export function createAllowance(most: number): (nowMs: number) => boolean {
  let untilMs = 0
  let kept = 0
  return (nowMs) => {
    if (nowMs >= untilMs) {
      untilMs = nowMs + WINDOW_MS
      kept = 0
    }
    return ++kept <= most
  }
}
