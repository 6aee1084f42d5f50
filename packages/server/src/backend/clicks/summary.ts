import type { CameBy, Way } from '@trackyard/core/click/came-by.ts'
import type { DeadEnd, StreamVerdict } from '@trackyard/core/click/decision.ts'
import { deadEndOf } from '@trackyard/core/click/trace.ts'
import type { Stream } from '@trackyard/core/entities/index.ts'
import type { ClickRow } from '@trackyard/core/events/click-columns.ts'
import { isErased } from '@trackyard/core/events/personal-columns.ts'
import type { ConfigReader } from '../../stores/config/port.ts'
import { targetOf } from '../resources/usage-doubts.ts'
import type { OffMembers } from './off-members.ts'

/** One stream as `explain` shows it. */
export interface ExplainedStream {
  readonly stream_id: number
  readonly name: string
  readonly verdict: StreamVerdict['verdict']
  readonly reason: string
  readonly capped_offers: readonly { readonly id: number; readonly name: string }[]
  readonly [more: string]: unknown
}

type Named = { readonly id: number; readonly name: string } | null

interface Explained {
  readonly row: ClickRow
  readonly came: CameBy
  readonly streams: readonly ExplainedStream[]
  readonly choice: { readonly stream: Named; readonly landing: Named; readonly offer: Named }
  /** Why no stream was asked: a list turned the visitor away. Null when streams were asked. */
  readonly turnedAway: string | null
  /** What was off in the streams, by stream. */
  readonly off: ReadonlyMap<number, OffMembers>
  /** Whether the user may see where visitors are sent. */
  readonly canSee: boolean
}

/**
 * The reasons of the decision, and `no_url` (the URL was none once its macros were filled in), `not_fetched` (another
 * server did not give what was to be shown, and nothing was set to stand in) and `turned_away` (the black list said no).
 */
type ExplainedDeadEnd = DeadEnd | 'no_url' | 'not_fetched' | 'turned_away'

/** In one or two sentences: why the click went where it went, or why it went nowhere and what to do about it. */
export async function summarize(
  click: Explained,
  reader: ConfigReader,
): Promise<{ summary: string; dead_end: ExplainedDeadEnd | null }> {
  const { streams, choice } = click
  if (click.turnedAway !== null) return { summary: click.turnedAway, dead_end: 'turned_away' }
  if (choice.stream === null) {
    // Nothing tried is `no_stream`, so there always is a reason when no stream was chosen.
    const deadEnd = deadEndOf(streams.map(({ stream_id: streamId, verdict }) => ({ streamId, verdict }))) ?? 'no_match'
    return { summary: `${NOWHERE[deadEnd](streams, click.off)} The visitor got an empty page.`, dead_end: deadEnd }
  }
  const took = whyTaken(choice.stream, streams)
  const stream = await reader.get('streams', choice.stream.id)
  const waiting = whatWaits(click, stream)
  if (waiting !== null) return { summary: `${took}${waiting}.`, dead_end: null }
  const target = shownLanding(click) ?? choice.offer
  const owner =
    target === null ? title('stream', choice.stream) : title(shownLanding(click) ? 'landing page' : 'offer', target)
  // An erased click that got as far as a stream with something to show: where it was sent is gone with the rest.
  if (isErased(click.row))
    return { summary: `${took}. Where it led was erased with what told of the visitor.`, dead_end: null }
  if (!click.row.destination) {
    return {
      summary: `${took}, but its destination gave no web address once the macros were filled in, so the visitor got an empty page. Check the URL of ${owner}.`,
      dead_end: 'no_url',
    }
  }
  const by = BY_WAY[click.came.way]
  const failed = whatFailed(click)
  if (failed !== null)
    return {
      summary: `${took}, but ${failed.text}. Check the URL of ${owner}.${by}`,
      dead_end: failed.isDeadEnd ? 'not_fetched' : null,
    }
  const { landings: skipped = [] } = click.off.get(choice.stream.id) ?? {}
  const straight =
    skipped.length > 0 && choice.landing === null && choice.offer !== null
      ? ` No landing page was shown: ${skipped.join('; ')}.`
      : ''
  return { summary: `${took} and ${await whereTo(click, stream, reader)}.${by}${straight}`, dead_end: null }
}

/** What the way of a click adds to where it went. */
const BY_WAY: Readonly<Record<Way, string>> = {
  direct: '',
  visit: '',
  api: ' A site asked by the Click API, and carried this out itself.',
  page: ' The page script of a site carried this out.',
  script: ' A script tag in another page loaded it, so that page was led on or shows it.',
  iframe: ' A frame of another page loaded it, so this is seen inside the frame.',
  image: ' It was loaded as an image: what is no picture was answered with a transparent point.',
}

/** The landing page we showed; one that a site says it is was not ours to show. */
const shownLanding = ({ came, choice }: Explained): Named => (came.isLandingStated ? null : choice.landing)

const wentOn = ({ row }: Explained): boolean => Number(row.landing_clicked_datetime ?? 0) > 0

/**
 * For visits that were only counted, and for pages of sites that stand for the landing page: what happened, and what
 * comes once a link is followed. Null for all others. A stream with an action of its own leaves no offer to wait for.
 */
function whatWaits(click: Explained, stream: Stream | null): string | null {
  const { came, choice, row } = click
  const on = wentOn(click) && choice.offer !== null ? `${title('offer', choice.offer)}${urlOf(click)}` : null
  if (came.way === 'visit') {
    const counted = ', which counts the visit of a page: a tracking script or a pixel shows nothing of the campaign'
    return on === null ? counted : `${counted}. The visitor went on to ${on}`
  }
  const hasOffers = stream === null || stream.schema === 'landings'
  if (!came.defersOffer || shownLanding(click) !== null || !hasOffers || (row.destination && on === null)) return null
  const page = `the page of the site${choice.landing ? `, which calls itself ${title('landing page', choice.landing)},` : ''}`
  return on === null
    ? `: ${page} stays, and its link to the offer was not followed yet`
    : ` and the visitor followed the link of ${page} to ${on}`
}

const urlOf = ({ canSee, row }: Explained): string => (canSee ? ` (${String(row.destination)})` : '')

/** What another server did not give, as the tracker notes it at the destination. */
function whatFailed({ canSee, row }: Explained): { readonly text: string; readonly isDeadEnd: boolean } | null {
  const text = String(row.destination)
  const [, instead, nothing] = / \((?:(instead of )\S+|(not shown)): .*\)$/s.exec(text) ?? []
  if (!instead && !nothing) return null
  const note = canSee ? `: ${text}` : ''
  return nothing
    ? { text: `what was to be shown could not be fetched, and there is no fallback${note}`, isDeadEnd: true }
    : { text: `what was to be shown could not be fetched, so the visitor got the fallback${note}`, isDeadEnd: false }
}

const NOWHERE: Readonly<Record<DeadEnd, (streams: readonly ExplainedStream[], off: Explained['off']) => string>> = {
  no_stream: () =>
    'The campaign had no stream to try: none was active, or all had weight 0. Add a stream, enable one, or give one a weight.',
  no_match: (streams) =>
    `${streams.length === 1 ? 'The only stream tried' : `Each of the ${streams.length} streams tried`} refused the click, and no default stream took it: widen the filters or add a default stream. ${streams.length === 1 ? '' : 'The last refusal: '}${streams.at(-1)?.reason ?? ''}`,
  nothing_to_show: (streams, off) => {
    const empty = streams.filter(({ verdict }) => verdict === 'no_destination')
    const parts = empty.flatMap(({ stream_id: id }) => off.get(id) ?? [])
    const why = parts.flatMap(({ stream, landings, offers }) => [...stream, ...landings, ...offers]).join('; ')
    const titles = empty.map(({ stream_id: id, name }) => title('stream', { id, name }))
    return `${capital(titles.join(' and '))} would have taken the click but had nothing to show: ${why === '' ? 'every landing page and offer was off, or the URL was empty' : why}. Switch one on, or fill in the URL.`
  },
}

function whyTaken(stream: NonNullable<Named>, streams: readonly ExplainedStream[]): string {
  const isBound = streams.at(-1)?.verdict === 'bound'
  const passed = streams.filter(({ verdict }) => verdict === 'filtered' || verdict === 'no_destination').length
  const after = passed === 0 ? '' : ` after ${passed === 1 ? 'another stream' : `${passed} other streams`} passed it on`
  return `${capital(title('stream', stream))} took the click${after}${isBound ? ', because the visitor is bound to it,' : ''}`
}

async function whereTo(click: Explained, stream: Stream | null, reader: ConfigReader): Promise<string> {
  const { row, choice, streams } = click
  const { offer } = choice
  const landing = shownLanding(click)
  const full = streams.at(-1)?.capped_offers ?? []
  const instead =
    full.length === 0
      ? ''
      : ` in place of ${full.map((each) => title('offer', each)).join(' and ')}, which had reached the daily cap`
  const url = `${urlOf(click)}${offer === null ? '' : instead}`
  if (landing !== null) {
    const shown = `showed the visitor ${title('landing page', landing)}`
    return wentOn(click) && offer !== null
      ? `${shown}, who went on to ${title('offer', offer)}${url}`
      : `${shown}${url}`
  }
  if (offer !== null) return `sent the visitor to ${title('offer', offer)}${url}`
  const campaignId = stream ? targetOf(stream) : 0
  if (campaignId === 0) return byItself(click, stream)
  const campaign = await reader.get('campaigns', campaignId)
  const sent = `handed the visitor to campaign ${campaignId}`
  if (campaignId === Number(row.campaign_id))
    return `${sent}, which is its own, so the visitor got an empty page: name another campaign`
  if (campaign && campaign.state !== 'active')
    return `${sent}, which is not active now; while it is not, visitors get an empty page: enable it`
  return `${sent}, where the click has a line of its own`
}

/** A stream with a URL or an action of its own. */
function byItself({ canSee, row }: Explained, stream: Stream | null): string {
  const destination = String(row.destination)
  if (!canSee) return 'answered the visitor by itself'
  if (!/^https?:\/\//i.test(destination)) return `answered the visitor by itself (${destination})`
  const isShown = stream?.schema === 'redirect' && SHOWS_IN_PLACE.has(stream.action_type)
  return isShown ? `showed the visitor ${destination}` : `sent the visitor to ${destination}`
}
const SHOWS_IN_PLACE: ReadonlySet<string> = new Set(['curl', 'iframe', 'frame'])

const title = (kind: string, { id, name }: NonNullable<Named>): string =>
  name === '' || name === `#${id}` ? `${kind} ${id}` : `${kind} ${id} (${name})`
const capital = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`
