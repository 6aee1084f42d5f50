import { ALL_SLOTS } from '@trackyard/core/click/parameters.ts'
import type { Campaign } from '@trackyard/core/entities/index.ts'
import type { Params } from './query.ts'

/** Names that fill a slot although they are not the slot's own (reference click-processing §1.3). */
const GLOBAL_ALIASES: Readonly<Record<string, readonly string[]>> = {
  keyword: ['keywords', 'tds-key', 'utm_term'],
  source: ['utm_source'],
  creative_id: ['utm_content'],
  ad_campaign_id: ['utm_campaign'],
  referrer: ['referer'],
  se_referrer: ['seoref', 'se_referer'],
}
const MAX_VALUE = 1000

/** Query parameter → slots it may fill, with a rank: 0 the campaign's mapping, 1 the slot's own name, 2 and more other names. */
export type ParameterMap = ReadonlyMap<string, readonly (readonly [slot: string, rank: number])[]>

/**
 * Compiles a campaign's mapping, so that reading a click only walks the parameters that came. `further` are the names
 * that the settings add for every campaign.
 */
export function compileParameters(
  mapping: Campaign['parameters'],
  further: Readonly<Record<string, readonly string[]>> = {},
): ParameterMap {
  const map = new Map<string, [string, number][]>()
  const add = (name: string | null | undefined, slot: string, rank: number): void => {
    if (!name) return
    const slots = map.get(name) ?? []
    slots.push([slot, rank])
    map.set(name, slots)
  }
  for (const slot of ALL_SLOTS) {
    add(mapping[slot]?.name, slot, 0)
    add(slot, slot, 1)
    for (const alias of further[slot] ?? []) add(alias, slot, 2)
    for (const alias of GLOBAL_ALIASES[slot] ?? []) add(alias, slot, 3)
  }
  return map
}

/**
 * Slot → value for the parameters of one click; the first non-empty by rank wins, long values are cut. `allRanks` is
 * how many ranks count: 1 for what the campaign's mapping names alone.
 */
export function mapParameters(map: ParameterMap, params: Params, allRanks = 9): Record<string, string> {
  const slots: Record<string, string> = {}
  const ranks: Record<string, number> = {}
  for (const name in params) {
    const targets = map.get(name)
    const value = params[name]
    if (!targets || !value) continue
    for (const [slot, rank] of targets) {
      if (rank < (ranks[slot] ?? allRanks)) {
        ranks[slot] = rank
        slots[slot] = value.length > MAX_VALUE ? value.slice(0, MAX_VALUE) : value
      }
    }
  }
  return slots
}
