import type { Log } from '../../log.ts'
import type { BatchSource } from './plan-batch.ts'

const DAY_MS = 86_400_000
/** Anybody can write a currency into a link: nobody shall fill the log. */
const MAX_A_DAY = 50

/**
 * Tells of amounts of clicks that could not be converted: once a day for each campaign and currency, and of no more than
 * 50 of these a day.
 */
export function warnOncePerDay(log: Log, nowMs: () => number = Date.now): NonNullable<BatchSource['warnOfMoney']> {
  let day = 0
  let told = new Set<string>()
  return (campaignId, warning) => {
    const today = Math.floor(nowMs() / DAY_MS)
    if (today !== day) told = new Set()
    day = today
    const [currency = ''] = warning.split(' ')
    const key = `${campaignId} ${currency}`
    if (told.size >= MAX_A_DAY || told.has(key)) return
    told.add(key)
    log.warn(`an amount of a click could not be converted: ${warning}`, {
      ...{ campaign_id: campaignId, currency },
      cure: `If the currency is right, set its rate: POST /currencies/${currency}/rates. If not, correct cost_currency of the campaign, payout_currency of its offers or the parameter currency in its links. POST /campaigns/${campaignId}/update_costs corrects what came meanwhile.`,
    })
  }
}
