import { SUB_ID_SLOTS } from '../click/click.ts'

export const LABELS = ['whitelist', 'blacklist'] as const
export type LabelName = (typeof LABELS)[number]

/** Dimensions whose values can be labelled, inside one campaign (reference conversions-and-reports §7.9). */
export const LABELLED: readonly string[] = [
  ...['ip', 'source', 'ad_campaign_id', 'creative_id', 'keyword'],
  ...SUB_ID_SLOTS,
]

/** Those whose labels the rows of a report have: of what they are grouped by, else of every property of the click. */
export function labelledIn(grouped: readonly string[]): readonly string[] {
  const among = LABELLED.filter((name) => grouped.includes(name))
  return among.length > 0 ? among : LABELLED
}

/** Dimensions whose labels must be known to plan a report or log; none when it does not look at labels. */
export function labelNamesIn(
  grouped: readonly string[],
  filters: readonly { readonly name: string; readonly operator: string }[],
): readonly string[] {
  const asked = filters.filter(({ operator }) => operator === 'HAS_LABEL' || operator === 'NOT_HAS_LABEL')
  const names = asked.map(({ name }) => name).filter((name) => LABELLED.includes(name))
  const isOfRows = grouped.includes('label') || filters.some(({ name }) => name === 'label')
  return [...new Set([...names, ...(isOfRows ? labelledIn(grouped) : [])])]
}
