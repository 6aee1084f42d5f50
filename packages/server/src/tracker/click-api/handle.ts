import { LRUCache } from 'lru-cache'
import { type Log, messageOf } from '../../log.ts'
import type { Deps } from '../deps.ts'
import type { TellDisabled } from '../disabled-campaigns.ts'
import type { Answered } from '../embed.ts'
import type { Answer, FrontReply, FrontRequest } from '../front.ts'
import { isPrefetch, type Origin } from '../headers.ts'
import { openPass, replyAgain } from '../pass.ts'
import type { Params } from '../query.ts'
import { whenSettled } from '../remote/carry-out.ts'
import { plain } from '../respond.ts'
import { finishRun, runClick } from '../run-click.ts'
import type { LiveCampaign, Site } from '../site.ts'
import { type AnswerWishes, knownAnswer, nothingAnswer, runAnswer } from './answer.ts'
import { logLines } from './log-lines.ts'
import { readCall } from './read-call.ts'
import { visitorRequest } from './visitor-request.ts'

const JSON_TYPE = 'application/json; charset=utf-8'
const WINDOW_MS = 60_000
/** Calls with a wrong token that an address may make in a minute. Right ones are not counted. */
const WRONG_TOKENS_PER_WINDOW = 300
const KNOWN_ADDRESSES = 10_000

type ClickApi = (
  version: 2 | 3,
  request: FrontRequest,
  origin: Origin,
  query: Params,
  site: Site,
  deps: Deps,
  answer: Answer,
) => void

/** Version of the Click API that answers at a path; undefined for other paths. */
export function clickApiVersion(path: string): 2 | 3 | undefined {
  if (!path.startsWith('/click_api/') && !path.startsWith('/api.php')) return undefined
  return PATHS.get(path.replace(/\/+$/, ''))
}
const PATHS: ReadonlyMap<string, 2 | 3> = new Map([
  ['/click_api/v3', 3],
  ['/click_api/v2', 2],
  ['/api.php', 2],
])

/**
 * Clicks that a site reports for its visitors, and what it is to answer them (reference click-processing §2.1). Failures
 * are told as `error` with status 200, because clients take other statuses for a broken line.
 */
export function createClickApi(log: Log, tellDisabled: TellDisabled): ClickApi {
  const mayGuess = createGuessLimit()
  return (version, request, origin, query, site, deps, answer) => {
    if (request.method === 'OPTIONS') return answer(PREFLIGHT)
    if (request.method === 'HEAD') return answer(json({}))
    if (request.method !== 'GET' && request.method !== 'POST')
      return answer({ ...failure('Use GET or POST.'), status: 405 })
    readCall(request, query)
      .then((call) => {
        if ('fault' in call) return answer({ ...failure(call.fault), status: call.status })
        const live = site.byToken((call.params.token ?? '').trim())
        if (live && !live.isActive) tellDisabled(live.compiled, deps)
        if (live) return handleCall(asked(version, call.params), request, origin, call.params, live, site, deps, answer)
        if (!mayGuess(origin.ip, deps.senses.nowMs())) {
          const tooMany = failure('Too many calls with a wrong token. Wait a minute.')
          return answer({ ...tooMany, status: 429, headers: [...tooMany.headers, 'Retry-After', '60'] })
        }
        answer(
          call.params.token ? failure('Campaign not found') : failure('token is missing: send that of the campaign'),
        )
      })
      .catch((error: unknown) => {
        deps.metrics.failures.inc()
        log.error('a call of the Click API failed', {
          error: error instanceof Error ? (error.stack ?? error.message) : messageOf(error),
        })
        answer(failure('The call could not be carried out.'))
      })
  }
}

/** Older endpoints are told the version by clients that know a newer one. */
function asked(endpoint: 2 | 3, { version, info, log }: Params) {
  return { version: version === '3' ? 3 : endpoint, wantsInfo: isOn(info), wantsLog: isOn(log) } as const
}

function handleCall(
  { version, wantsInfo, wantsLog }: ReturnType<typeof asked>,
  call: FrontRequest,
  origin: Origin,
  params: Params,
  live: LiveCampaign,
  site: Site,
  deps: Deps,
  answer: Answer,
): void {
  const wishes = (lines: readonly string[]): AnswerWishes => ({ version, wantsInfo, log: wantsLog ? lines : null })
  const nothing = (why: string): void => answer(json(nothingAnswer(live.compiled.id, wishes([why]))))
  const visitor = visitorRequest(call, origin, params)
  if (!live.isActive) return nothing(`Campaign ${live.compiled.id} is disabled`)
  if (isOn(params.prefetch) || isPrefetch(visitor.request.headers)) return nothing('A page loaded ahead is no click')

  const goesToOffer = version === 2 || isOn(params.force_redirect_offer)
  const { request, origin: place, params: visit } = visitor
  const token = params._token ?? ''
  const known = params.sub_id && token ? openPass(token, site, deps.senses.nowMs()) : null
  if (known && known.pass.subId === params.sub_id && known.pass.campaignId === live.compiled.id) {
    const again = replyAgain(request, place, visit, known, token, goesToOffer, 'api', deps)
    const lines = [`Click ${known.pass.subId} is known: none was made`]
    const send = (reply: Answered | null): void => answer(json(knownAnswer(known, token, reply, wishes(lines))))
    return again ? whenSettled(again, request.headers, deps.carryOut, send) : send(null)
  }

  const arrival = { embedding: 'api', defersOffer: !goesToOffer, wantsToken: true } as const
  const run = runClick(request, place, visit, live, site, deps, arrival)
  finishRun(run, request.headers, deps, (finished) =>
    answer(json(runAnswer(finished, wishes(wantsLog ? logLines(finished) : [])))),
  )
}

const isOn = (text = ''): boolean => text !== '' && text !== '0' && text.toLowerCase() !== 'false'
const json = (value: object): FrontReply => plain(200, JSON.stringify(value), JSON_TYPE)
const failure = (error: string): FrontReply => json({ error })
const PREFLIGHT = plain(204, '', 'text/plain', [
  ...['Access-Control-Allow-Methods', 'GET, POST'],
  ...['Access-Control-Allow-Headers', 'content-type'],
])

/** Tokens cannot be guessed anyway; this keeps guessing from costing anything. */
function createGuessLimit(): (address: string, nowMs: number) => boolean {
  const counts = new LRUCache<string, { untilMs: number; count: number }>({ max: KNOWN_ADDRESSES })
  return (address, nowMs) => {
    const known = counts.get(address)
    const window = known && known.untilMs > nowMs ? known : { untilMs: nowMs + WINDOW_MS, count: 0 }
    window.count++
    counts.set(address, window)
    return window.count <= WRONG_TOKENS_PER_WINDOW
  }
}
