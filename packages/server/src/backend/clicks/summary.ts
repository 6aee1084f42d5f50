import type { DeadEnd, StreamVerdict } from '@trackyard/core/click/decision.ts'
import { deadEndOf } from '@trackyard/core/click/trace.ts'
import type { ClickRow } from '@trackyard/core/events/click-columns.ts'
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
 * The reasons of the decision, and `no_url` (the URL was none once its macros were filled in) and `turned_away` (the
 * black list said no).
 */
type ExplainedDeadEnd = DeadEnd | 'no_url' | 'turned_away'

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
  const target = choice.landing ?? choice.offer
  if (!click.row.destination) {
    const owner =
      target === null ? title('stream', choice.stream) : title(choice.landing ? 'landing page' : 'offer', target)
    return {
      summary: `${took}, but its destination gave no web address once the macros were filled in, so the visitor got an empty page. Check the URL of ${owner}.`,
      dead_end: 'no_url',
    }
  }
  const { landings: skipped = [] } = click.off.get(choice.stream.id) ?? {}
  const straight =
    skipped.length > 0 && choice.landing === null && choice.offer !== null
      ? ` No landing page was shown: ${skipped.join('; ')}.`
      : ''
  return { summary: `${took} and ${await whereTo(click, reader)}.${straight}`, dead_end: null }
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

async function whereTo({ row, choice, canSee, streams }: Explained, reader: ConfigReader): Promise<string> {
  const { landing, offer } = choice
  const full = streams.at(-1)?.capped_offers ?? []
  const instead =
    full.length === 0
      ? ''
      : ` in place of ${full.map((each) => title('offer', each)).join(' and ')}, which had reached the daily cap`
  const url = `${canSee ? ` (${String(row.destination)})` : ''}${choice.offer === null ? '' : instead}`
  if (landing !== null) {
    const shown = `showed the visitor ${title('landing page', landing)}`
    const clicked = Number(row.landing_clicked_datetime ?? 0) > 0
    return clicked && offer !== null ? `${shown}, who went on to ${title('offer', offer)}${url}` : `${shown}${url}`
  }
  if (offer !== null) return `sent the visitor to ${title('offer', offer)}${url}`
  const stream = await reader.get('streams', choice.stream?.id ?? 0)
  const campaignId = stream ? targetOf(stream) : 0
  if (campaignId === 0) return `answered the visitor by itself${url}`
  const campaign = await reader.get('campaigns', campaignId)
  const sent = `handed the visitor to campaign ${campaignId}`
  if (campaignId === Number(row.campaign_id))
    return `${sent}, which is its own, so the visitor got an empty page: name another campaign`
  if (campaign && campaign.state !== 'active')
    return `${sent}, which is not active now; while it is not, visitors get an empty page: enable it`
  return `${sent}, where the click has a line of its own`
}

const title = (kind: string, { id, name }: NonNullable<Named>): string =>
  name === '' || name === `#${id}` ? `${kind} ${id}` : `${kind} ${id} (${name})`
const capital = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`
