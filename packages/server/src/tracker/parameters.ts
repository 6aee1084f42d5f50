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

/** A slot that a parameter may fill. Rank: 0 by the campaign's mapping, 1 by the slot's own name, 2 and more by other names. */
interface Target {
  readonly slot: string
  readonly rank: number
  /** Place in `ALL_SLOTS`. */
  readonly index: number
}
/** Query parameter → slots it may fill. */
export type ParameterMap = ReadonlyMap<string, readonly Target[]>

/**
 * Compiles a campaign's mapping, so that reading a click only walks the parameters that came. `further` are the names
 * that the settings add for every campaign.
 */
export function compileParameters(
  mapping: Campaign['parameters'],
  further: Readonly<Record<string, readonly string[]>> = {},
): ParameterMap {
  const map = new Map<string, Target[]>()
  for (const [index, slot] of ALL_SLOTS.entries()) {
    const add = (name: string | null | undefined, rank: number): void => {
      if (!name) return
      const targets = map.get(name) ?? []
      targets.push({ slot, rank, index })
      map.set(name, targets)
    }
    add(mapping[slot]?.name, 0)
    add(slot, 1)
    for (const alias of further[slot] ?? []) add(alias, 2)
    for (const alias of GLOBAL_ALIASES[slot] ?? []) add(alias, 3)
  }
  return map
}

/**
 * Slot → value for the parameters of one click; the first non-empty by rank wins, long values are cut. `allRanks` is
 * how many ranks count: 1 for what the campaign's mapping names alone.
 */
export function mapParameters(map: ParameterMap, params: Params, allRanks = 9): Record<string, string> {
  const slots: Record<string, string> = {}
  ranks.fill(allRanks)
  for (const name in params) {
    const targets = map.get(name)
    const value = params[name]
    if (!targets || !value) continue
    for (const { slot, rank, index } of targets) {
      if (rank < (ranks[index] ?? allRanks)) {
        ranks[index] = rank
        slots[slot] = value.length > MAX_VALUE ? value.slice(0, MAX_VALUE) : value
      }
    }
  }
  return slots
}

/** By which rank each slot was filled. Used within one call only, so that a click needs no table of its own. */
const ranks = new Uint8Array(ALL_SLOTS.length)
