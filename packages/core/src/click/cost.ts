import type { Campaign } from '../entities/index.ts'
import { type Micros, parseMoney, scaleMicros } from '../money.ts'

/** The part of a campaign that says what a click costs. */
export type CostModel = Pick<Campaign, 'cost_type' | 'cost_value' | 'cost_auto' | 'traffic_loss'>

/**
 * What one click costs when it arrives, in micros of the base currency (reference conversions-and-reports §6.2–6.4).
 * Models that charge by conversion cost nothing here. `given` is the `cost` parameter of the link, used by automatic
 * costs; anybody can change a link, so less than nothing counts as nothing. Traffic loss raises the price of the clicks
 * that did arrive.
 */
export function clickCost(model: CostModel, given: string | undefined, isUniqueCampaign: boolean): Micros {
  const price = model.cost_auto ? ((given === undefined ? null : parseMoney(given)) ?? 0) : model.cost_value
  if (price <= 0) return 0
  return scaleMicros(priceOfClick(model.cost_type, price, isUniqueCampaign), 1 / (1 - model.traffic_loss / 100))
}

function priceOfClick(type: Campaign['cost_type'], price: Micros, isUniqueCampaign: boolean): Micros {
  switch (type) {
    case 'CPC':
    case 'CPV':
      return price
    case 'CPUC':
    case 'CPUV':
      return isUniqueCampaign ? price : 0
    case 'CPM':
      return scaleMicros(price, 1 / 1000)
    case 'CPA':
    case 'CPS':
    case 'RevShare':
      return 0
  }
}
