import { PARAMETER_SLOTS } from '../click/click.ts'
import { textFilter } from './families.ts'
import type { FilterDef } from './filter.ts'
import type { TextMatcher } from './match.ts'

/** `sub_id_7` is called `Sub ID 7`. */
const slotLabel = (slot: string): string => {
  const words = slot.replaceAll('_', ' ').replace(/\bid\b/, 'ID')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

/** One filter for every slot a query parameter can fill: keyword, source, sub_id_1 and so on. */
export const slotFilters: Readonly<Record<string, FilterDef<TextMatcher>>> = Object.fromEntries(
  PARAMETER_SLOTS.map((slot) => [
    slot,
    textFilter({
      label: slotLabel(slot),
      help: `The value of ${slot} equals one of these texts; masks and regular expressions work. An empty value never matches.`,
      group: 'parameters',
      example: ['value', 'zone-*'],
      column: slot,
      read: (click) => click.slots[slot] ?? '',
    }),
  ]),
)
