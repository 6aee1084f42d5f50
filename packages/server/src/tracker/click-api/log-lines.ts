import type { StreamVerdict } from '@trackyard/core/click/decision.ts'
import type { ClickRun, Hop } from '../run-click.ts'

/** How a click was decided, for people who set up a site. The wording may change; programs read `info`. */
export function logLines(run: ClickRun): string[] {
  return [
    ...run.hops.flatMap(hopLines),
    `Answered with status ${run.reply.status}: ${run.reply.destination || 'nothing'}`,
  ]
}

function hopLines({ campaignId, click, decision, subId, unique }: Hop): string[] {
  const text = (value: string | undefined): string => value || '(none)'
  return [
    `Processing campaign ${campaignId}`,
    `Referrer: ${text(click.referrer)}`,
    `Source: ${text(click.slots.source)}`,
    `Keyword: ${text(click.slots.keyword)}`,
    `IP: ${click.ip}, country: ${text(click.geo.country)}`,
    `User agent: ${text(click.userAgent)}${click.isBot ? ' (a bot)' : ''}`,
    `Language: ${text(click.language)}`,
    `Unique in campaign: ${unique.campaign ? 'yes' : 'no'}, in stream: ${unique.stream ? 'yes' : 'no'}, at all: ${unique.global ? 'yes' : 'no'}`,
    `Sub id: ${subId}`,
    ...decision.trace.map(streamLine),
    decision.stream ? `Chosen: stream ${decision.stream.id}` : 'No stream took the click',
    ...(decision.landing ? [`Landing page ${decision.landing.id}`] : []),
    ...(decision.offer ? [`Offer ${decision.offer.id}`] : []),
  ]
}

function streamLine({ streamId, verdict, failedFilter }: StreamVerdict): string {
  const line = `Checking stream ${streamId}: `
  if (verdict === 'taken') return `${line}accepted`
  if (verdict === 'bound') return `${line}accepted, because the visitor is bound to it`
  if (verdict === 'no_destination') return `${line}accepted, but it has nothing to show`
  return `${line}rejected by filter ${failedFilter?.name ?? ''}`
}
