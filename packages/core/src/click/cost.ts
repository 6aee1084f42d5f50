import { isCurrencyCode } from '../currency/codes.ts'
import type { Campaign } from '../entities/index.ts'
import { type Micros, parseMoney, scaleMicros } from '../money.ts'

/** The part of a campaign that says what a click costs. */
export type CostModel = Pick<Campaign, 'cost_type' | 'cost_value' | 'cost_auto' | 'traffic_loss'>

/**
 * What one click costs when it arrives, in micros of the base currency (reference conversions-and-reports §6.2–6.4).
 * Models that charge by conversion cost nothing here. `given` is the `cost` parameter of the link, used by automatic
 * costs; anybody can change a link, so less than nothing counts as nothing. Traffic loss raises the price of the clicks
 * that did arrive; `sourceLoss` is that of the traffic source, for campaigns that say nothing of it.
 */
export function clickCost(
  model: CostModel,
  given: string | undefined,
  isUniqueCampaign: boolean,
  sourceLoss = 0,
): Micros {
  const price = model.cost_auto ? ((given === undefined ? null : parseMoney(given)) ?? 0) : model.cost_value
  if (price <= 0) return 0
  const loss = model.traffic_loss || sourceLoss
  return scaleMicros(priceOfClick(model.cost_type, price, isUniqueCampaign), 1 / (1 - loss / 100))
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

/**
 * The currency that `clickCost` is in; '' is the base currency. `given` is the `currency` parameter of the link, which
 * counts with automatic costs; a macro that nobody filled in says nothing.
 */
export function costCurrency(model: Pick<Campaign, 'cost_auto' | 'cost_currency'>, given: string | undefined): string {
  const code = model.cost_auto ? (given?.trim().toUpperCase() ?? '') : ''
  return isCurrencyCode(code) ? code : (model.cost_currency ?? '')
}
