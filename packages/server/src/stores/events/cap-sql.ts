import { CAP_STATUSES } from '@trackyard/core/conversion/statuses.ts'

/** Conversions of offers since a moment each, in statuses that count for caps, those of the user's own among them. Numbers and words of ours only, so they stand in the text. */
export function capCountsSql(sinceMsByOffer: ReadonlyMap<number, number>): string {
  const ids = [...sinceMsByOffer.keys()].map(Math.trunc)
  const times = [...sinceMsByOffer.values()].map(Math.trunc)
  const earliestMs = times.reduce((first, ms) => Math.min(first, ms), Number.POSITIVE_INFINITY)
  const statuses = CAP_STATUSES.map((status) => `'${status}'`).join(', ')
  return `SELECT offer_id, count() FROM conversions FINAL
    WHERE offer_id IN (${ids.join(', ')}) AND (status IN (${statuses}) OR custom_counts = 1)
      AND postback_datetime >= fromUnixTimestamp64Milli(toInt64(${earliestMs}))
      AND toUnixTimestamp64Milli(postback_datetime) >= transform(toInt64(offer_id), [${ids.map((id) => `toInt64(${id})`).join(', ')}], [${times.map((ms) => `toInt64(${ms})`).join(', ')}], toInt64(0))
    GROUP BY offer_id SETTINGS do_not_merge_across_partitions_select_final = 1`
}
