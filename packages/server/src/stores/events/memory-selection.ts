import type { ClickState, SelectedClicks } from './port.ts'

/** Is this click among those chosen? */
export function selects(
  { selection, below, after = '', upTo = null }: SelectedClicks,
  { row, version }: ClickState,
): boolean {
  const { campaignIds, fromMs, toMs, slots, costsMicros, onlyUniques, withBots } = selection
  const number = (column: string): number => Number(row[column] ?? 0)
  return (
    version < below &&
    String(row.sub_id) > after &&
    (upTo === null || String(row.sub_id) <= upTo) &&
    (campaignIds === null || campaignIds.includes(number('campaign_id'))) &&
    number('datetime') >= fromMs &&
    number('datetime') < toMs &&
    Object.entries(slots).every(([slot, values]) => values.includes(String(row[slot] ?? ''))) &&
    (costsMicros === null || costsMicros.includes(number('cost'))) &&
    (!onlyUniques || number('is_unique_campaign') === 1) &&
    (withBots || number('is_bot') === 0)
  )
}
