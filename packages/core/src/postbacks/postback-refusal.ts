import { WORD_LISTS, type WordLists } from '../conversion/status-words.ts'
import { isStatus, type Status, statuses } from '../conversion/statuses.ts'
import { type Postback, splitList } from '../entities/postback.ts'
import type { ConversionFacts } from './conversion-facts.ts'

type Conditions = Pick<Postback, 'status' | 'trigger' | 'campaigns' | 'countries'> & WordLists

/** Which statuses a trigger stands for. */
const TRIGGER_STATUSES: Readonly<Record<Postback['trigger'], readonly Status[]>> = {
  any: Object.keys(statuses).filter(isStatus),
  leads: ['lead', 'registration'],
  sales: ['sale', 'rebill', 'deposit'],
}

const GROUP_STATUS: Readonly<Record<string, Status>> = {
  hold: 'lead',
  confirmed: 'sale',
  rejected: 'rejected',
  trash: 'trash',
}

/**
 * Null when a postback is to be sent about a conversion, else why it is not, in words. The postback's own status words
 * decide before the status of the conversion does (reference conversions-and-reports §5.6).
 */
export function postbackRefusal(
  postback: Conditions,
  { click, conversion }: Pick<ConversionFacts, 'click' | 'conversion'>,
): string | null {
  if (postback.status !== 'active') return 'the postback is inactive'
  const status = statusFor(postback, conversion)
  if (status === null || !TRIGGER_STATUSES[postback.trigger].includes(status))
    return `status ${String(conversion.status ?? '')} is not among what ${postback.trigger} stands for`
  const campaigns = splitList(postback.campaigns)
  if (campaigns.length > 0 && !campaigns.includes(String(click.campaign_id ?? '')))
    return `campaign ${String(click.campaign_id ?? 0)} is not in its list of campaigns`
  const countries = splitList(postback.countries)
  if (countries.length > 0 && !countries.includes(String(click.country ?? '')))
    return `country ${String(click.country || 'unknown')} is not in its list of countries`
  return null
}

/** The status of ours that stands for a conversion; of one of the user's own its money group says. */
function statusFor(postback: Conditions, conversion: ConversionFacts['conversion']): Status | null {
  const word = String(conversion.original_status ?? '')
  const status = String(conversion.status ?? '')
  const found = WORD_LISTS.find(([, field]) => splitList(postback[field]).includes(word.toLowerCase()))
  if (found) return found[0]
  return isStatus(status) ? status : (GROUP_STATUS[String(conversion.custom_group ?? '')] ?? null)
}
