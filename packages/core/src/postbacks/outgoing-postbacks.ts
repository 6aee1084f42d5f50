import { isStatus, statusOfWord } from '../conversion/statuses.ts'
import type { Campaign, Postback, TrafficSource } from '../entities/index.ts'
import { FIXED_HOST } from '../entities/postback.ts'
import type { ConversionFacts } from './conversion-facts.ts'
import type { PostbackPlan } from './plan-postback-request.ts'
import { postbackRefusal } from './postback-refusal.ts'

/** The conversion a postback may be about, as it is stored. */
export type Occasion = Pick<ConversionFacts, 'click' | 'conversion'>

/** A postback of any of the three places, in the one form that is delivered. */
export interface OutgoingPostback {
  /** `s3` the stored postback 3, `t2` that of traffic source 2, `c7-4` the one with id 4 of campaign 7. */
  readonly key: string
  readonly kind: PostbackKind
  /** Id of the stored postback, the source or the campaign. */
  readonly ownerId: number
  /** Id inside the campaign, else 0. */
  readonly rowId: number
  /** For people: `postback "To CRM"`. */
  readonly label: string
  readonly plan: PostbackPlan
  readonly timeoutMs: number
  /** Seconds before each further try; their number is that of the tries. */
  readonly delaysSeconds: readonly number[]
  /** Sealed; '' signs nothing. */
  readonly signingSecret: string
  /** Why it is not sent about this conversion, in words; null when it is. */
  refusal(occasion: Occasion): string | null
  /** Why it is sent no more at all, in words; null while it is in use. */
  readonly isOff: string | null
}
export type PostbackKind = 'postback' | 'traffic_source' | 'campaign'

const LONGEST_DELAY_SECONDS = 86_400
/** For the places that have no fields for it (reference conversions-and-reports §5.3). */
const DEFAULT_DELAYS_SECONDS = [60, 300, 900]
const DEFAULT_TIMEOUT_MS = 10_000
const PLAIN = { key: '', currency: null, headers: {}, params: {} } as const

/** A stored postback; each wait is twice as long as the one before. */
export function ofStored(postback: Postback): OutgoingPostback {
  const { id, retries, retry_delay } = postback
  return {
    key: `s${id}`,
    kind: 'postback',
    ownerId: id,
    rowId: 0,
    label: `postback ${id} "${postback.name}"`,
    plan: postback,
    timeoutMs: postback.timeout * 1000,
    delaysSeconds: Array.from({ length: retries }, (_, index) => doubled(retry_delay, index)),
    signingSecret: postback.signing_secret,
    refusal: (occasion) => postbackRefusal(postback, occasion),
    isOff: postback.status === 'active' ? null : 'the postback is inactive',
  }
}

/** The postback of a traffic source; null when it has none. */
export function ofSource(source: TrafficSource): OutgoingPostback | null {
  const url = source.postback_url?.trim() ?? ''
  if (url === '') return null
  const gone = source.postback_gone_url === url ? 'its receiver answered 410: it is gone for good' : null
  const isOff = source.state === 'active' ? gone : `the traffic source is ${source.state}`
  return {
    key: `t${source.id}`,
    kind: 'traffic_source',
    ownerId: source.id,
    rowId: 0,
    label: `traffic source ${source.id} "${source.name}"`,
    plan: { ...PLAIN, url, method: 'GET' },
    timeoutMs: DEFAULT_TIMEOUT_MS,
    delaysSeconds: DEFAULT_DELAYS_SECONDS,
    signingSecret: '',
    refusal: (occasion) => isOff ?? statusRefusal(source.postback_statuses, occasion) ?? hostRefusal(url),
    isOff,
  }
}

/** The postbacks of a campaign. They outlive it: conversions of paid clicks come weeks after a campaign has ended. */
export const ofCampaign = (campaign: Campaign): OutgoingPostback[] =>
  campaign.postbacks.map((row) => ({
    key: `c${campaign.id}-${row.id ?? 0}`,
    kind: 'campaign',
    ownerId: campaign.id,
    rowId: row.id ?? 0,
    label: `campaign ${campaign.id} "${campaign.name}"`,
    plan: { ...PLAIN, url: row.url, method: row.method },
    timeoutMs: DEFAULT_TIMEOUT_MS,
    delaysSeconds: DEFAULT_DELAYS_SECONDS,
    signingSecret: '',
    refusal: (occasion) => inactive(row.status) ?? statusRefusal(row.statuses, occasion),
    isOff: inactive(row.status),
  }))

const inactive = (status: string): string | null => (status === 'active' ? null : 'the postback is inactive')

const doubled = (seconds: number, times: number): number =>
  times === 0 ? seconds : Math.min(Math.max(seconds, 1) * 2 ** times, LONGEST_DELAY_SECONDS)

/** Statuses and words for them, as a network sends them; an empty list is all of them. */
function statusRefusal(wanted: readonly string[], { conversion }: Occasion): string | null {
  const status = String(conversion.status ?? '')
  const word = String(conversion.original_status ?? '').toLowerCase()
  const isWanted = wanted.some((one) => {
    const text = one.trim().toLowerCase()
    return text === status || text === word || (!isStatus(text) && statusOfWord(text) === status)
  })
  return wanted.length === 0 || isWanted ? null : `status ${status} is not among ${wanted.join(', ')}`
}

const hostRefusal = (url: string): string | null =>
  FIXED_HOST.test(url) ? null : 'its URL does not begin with http:// or https:// and a host without macros'

/** Ids that the key of a postback names; null when it is none. */
export function readPostbackKey(key: string): { kind: PostbackKind; ownerId: number; rowId: number } | null {
  const [, letter, owner, campaign, row] = /^(?:([st])(\d{1,15})|c(\d{1,15})-(\d{1,15}))$/.exec(key) ?? []
  if (campaign !== undefined) return { kind: 'campaign', ownerId: Number(campaign), rowId: Number(row) }
  if (letter === undefined) return null
  return { kind: letter === 's' ? 'postback' : 'traffic_source', ownerId: Number(owner), rowId: 0 }
}
