import type { PostbackResult } from '@trackyard/core/conversion/apply-postback.ts'
import type { ClickRow } from '@trackyard/core/events/click-columns.ts'
import type { PostbackEvent } from '@trackyard/core/events/spool-event.ts'
import { isSubId } from '@trackyard/core/events/sub-id.ts'
import { toLine } from '../../stores/events/line.ts'

/** What became of a postback, as far as its log tells. */
type Told = Pick<PostbackResult, 'reason'> & { readonly outcome: string; readonly read?: PostbackResult['read'] | null }

/** Why a postback is about no click that is known. */
export const unmatched = ({ subId, refusal }: PostbackEvent): Told =>
  subId === '' || refusal !== undefined
    ? { outcome: 'rejected', reason: `it was answered ${refusal ?? '400 because it names no click'}` }
    : { outcome: 'click_not_found', reason: notFoundReason(subId) }

const notFoundReason = (subId: string): string =>
  isSubId(subId)
    ? `no click has the id "${subId}"`
    : `"${subId}" is not a click id: put {subid} into the offer URL and send its value back as subid`

/**
 * Why a postback may not change this click, null when it may. What the networks of the installation required was written
 * down when it came: only now is known whose click it is about.
 */
export function denialOf({ campaignId, denied }: PostbackEvent, click: ClickRow): string | null {
  const network = Number(click.affiliate_network_id ?? 0)
  if (campaignId !== undefined && campaignId !== Number(click.campaign_id ?? 0))
    return `it came with the token of campaign ${campaignId}, and the click is of campaign ${click.campaign_id}`
  if (network !== 0 && denied?.token?.includes(network))
    return `affiliate network ${network} sends its token along, and this came without: add token=… to the postback URL there`
  if (network !== 0 && denied?.address?.includes(network))
    return `affiliate network ${network} does not send from this address: add it to postback_ips if it does`
  return null
}

/** A line of the postback log. */
export const postbackLogLine = (seq: number, event: PostbackEvent, click: ClickRow | null, told: Told): string =>
  toLine(
    'postback_log',
    {
      datetime: event.atMs,
      seq,
      sub_id: event.subId,
      outcome: told.outcome,
      reason: [told.reason, ...(event.fault === undefined ? [] : [event.fault])].join('; '),
      status: told.read?.status ?? '',
      tid: told.read?.tid ?? '',
      campaign_id: click?.campaign_id ?? 0,
      params: JSON.stringify(event.params),
      ip: event.ip,
    },
    seq,
  )
