/** What a campaign's traffic costs and brings, so that its numbers are such as a media buyer sees. */
export interface Market {
  /** Price of a click as the source tells it, in thousandths. */
  readonly costMilli: readonly [min: number, max: number]
  /** Of those who arrive at an offer. */
  readonly conversionShare: number
  readonly payoutCents: readonly [min: number, max: number]
}

/** The sample campaigns: one earns, one loses a little, one is cheap. ROI follows from them and from the landing pages. */
const markets: Readonly<Record<string, Market>> = {
  'push-split': { costMilli: [5, 60], conversionShare: 0.027, payoutCents: [180, 680] },
  'native-geo': { costMilli: [20, 20], conversionShare: 0.01, payoutCents: [150, 500] },
  'pop-cpm': { costMilli: [1, 1], conversionShare: 0.001, payoutCents: [100, 380] },
}

const ANY: Market = { costMilli: [5, 60], conversionShare: 0.03, payoutCents: [100, 350] }

export const marketOf = (alias: string): Market => markets[alias] ?? ANY
