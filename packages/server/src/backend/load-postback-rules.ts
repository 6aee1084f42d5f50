import { statusWordsOf } from '@trackyard/core/conversion/status-words.ts'
import { toListedStatus } from '@trackyard/core/entities/conversion-type.ts'
import type { PostbackRules } from '../postback-rules.ts'
import type { ConfigReader } from '../stores/config/port.ts'

/**
 * What the tracker must know of networks and statuses when a postback comes. Words of an inactive stored postback count
 * like others: what a word means does not change because a receiver answered 410.
 */
export async function loadPostbackRules(
  store: Pick<ConfigReader, 'list'>,
  allowsKeyless: boolean,
): Promise<PostbackRules> {
  const networks = (await store.list('affiliate_networks')).flatMap(({ id, postback_token, postback_ips }) =>
    postback_token || postback_ips.length > 0 ? [{ id, tokenHash: postback_token ?? '', addresses: postback_ips }] : [],
  )
  const types = (await store.list('conversion_types')).filter(({ state }) => state === 'active')
  const words = [...statusWordsOf(await store.list('postbacks'))]
  return { statuses: types.map(toListedStatus), words, networks, allowsKeyless }
}
