import { payloadText, takesUrl } from '@trackyard/core/actions/index.ts'
import { type Answered, contentType } from '../embed.ts'
import type { OpenedPass } from '../pass.ts'
import { isStreamed } from '../remote/carry-out.ts'
import type { ClickRun, Hop } from '../run-click.ts'

const HTML = 'text/html; charset=utf-8'

export interface AnswerWishes {
  /** Version 2 knew no lifetime of cookies. */
  readonly version: 2 | 3
  readonly wantsInfo: boolean
  /** What the call is told of how it was decided; null when it did not ask. */
  readonly log: readonly string[] | null
}

/** The answer to a site: what to send its visitor, as data (reference click-processing §2.1). */
export const runAnswer = (run: ClickRun, wishes: AnswerWishes): object =>
  composed(wishes, shownAnswer(run.reply), {
    cookies: Object.fromEntries(run.cookies.map(({ name, value }) => [name, value])),
    ttlHours: run.cookiesTtlHours,
    uniquenessCookie: run.visitorToken(),
    info: runInfo(run.last),
  })

/** The answer for a click that the site had asked about before: no new click, and nothing of it is unique. */
export const knownAnswer = (
  { pass, live }: OpenedPass,
  token: string,
  reply: Answered | null,
  wishes: AnswerWishes,
): object =>
  composed(wishes, reply ? shownAnswer(reply) : NOTHING_SHOWN, {
    cookies: { _subid: pass.subId, _token: token },
    ttlHours: live.compiled.bundle.campaign.cookies_ttl,
    uniquenessCookie: '',
    info: {
      ...NO_INFO,
      campaign_id: pass.campaignId,
      stream_id: pass.streamId,
      landing_id: pass.landingId || null,
      offer_id: pass.offerId || null,
      sub_id: pass.subId,
      token,
    },
  })

/** No click was made, and the site is to show its own page. */
export const nothingAnswer = (campaignId: number, wishes: AnswerWishes): object =>
  composed(wishes, NOTHING_SHOWN, {
    cookies: {},
    ttlHours: 0,
    uniquenessCookie: '',
    info: { ...NO_INFO, campaign_id: campaignId },
  })

interface AboutClick {
  readonly cookies: Readonly<Record<string, string>>
  readonly ttlHours: number
  readonly uniquenessCookie: string
  readonly info: object
}

const composed = (
  { version, wantsInfo, log }: AnswerWishes,
  shown: object,
  { cookies, ttlHours, uniquenessCookie, info }: AboutClick,
): object => ({
  ...shown,
  cookies,
  ...(version === 2 ? {} : { cookies_ttl: ttlHours }),
  uniqueness_cookie: uniquenessCookie,
  ...(wantsInfo ? { info } : {}),
  ...(log ? { log } : {}),
})

const NOTHING_SHOWN = { body: null, status: 200, contentType: HTML, headers: [] }

/** Bodies, status and headers for a reply. Whether the site's answers may be cached is the site's own business. */
function shownAnswer(reply: Answered): object {
  const type = contentType(reply) || HTML
  return {
    // Actions are told that they answer the API, so files come whole.
    body: isStreamed(reply) ? null : bodyText(reply.body, type),
    status: reply.status,
    contentType: type,
    headers: Object.entries(reply.headers)
      .filter(([name]) => !/^(?:content-type|content-length|cache-control|x-content-type-options)$/i.test(name))
      .map(([name, value]) => `${name}: ${value}`),
  }
}

/** Pictures and documents do not fit into JSON as they are. */
export function bodyText(body: string | Uint8Array, type: string): string | null {
  if (body.length === 0) return null
  return Buffer.from(body).toString(/image|application\/pdf/.test(type) ? 'base64' : 'utf8')
}

const NO_INFO = {
  campaign_id: 0,
  stream_id: null,
  landing_id: null,
  offer_id: null,
  sub_id: null,
  token: null,
  type: null,
  url: null,
  is_bot: false,
  uniqueness: { campaign: false, stream: false, global: false },
}

function runInfo({ campaignId, click, decision, subId, token, unique }: Hop): object {
  return {
    campaign_id: campaignId,
    stream_id: decision.stream?.id ?? null,
    landing_id: decision.landing?.id ?? null,
    offer_id: decision.offer?.id ?? null,
    sub_id: subId,
    token,
    type: decision.action?.key ?? null,
    url: destinationOf(decision),
    is_bot: click.isBot,
    uniqueness: unique,
  }
}

/** Where the action leads, macros as they were written; null when it shows something itself. */
function destinationOf({ campaign: { bundle }, stream, landing, offer, action }: Hop['decision']): string | null {
  if (!action || !takesUrl(action.key)) return null
  const withId = (id: number | undefined) => (one: { readonly id: number }) => one.id === id
  const owner =
    (landing && bundle.landings.find(withId(landing.id))) ??
    (stream?.action ? bundle.streams.find(withId(stream.id)) : bundle.offers.find(withId(offer?.id)))
  return owner ? payloadText(owner.action_payload) : null
}
