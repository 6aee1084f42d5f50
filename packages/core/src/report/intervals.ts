/** Chance that the true value is within: 95 %, so 1.96 standard deviations to either side. */
const Z = 1.959963984540054

interface Ends {
  readonly low: number
  readonly high: number
}

export interface IntervalDef {
  /** Name of the method, in words, for documentation. */
  readonly label: string
  readonly help: string
  /** `of` over `per`, neither scaled; `squares` is 0 for methods that do not ask for it. */
  readonly ends: (of: number, per: number, squares: number) => Ends
  /** The same in SQL over floats, for sorting and filtering in the store. */
  readonly sql: (end: 'low' | 'high', of: string, per: string, squares: string) => string
}

const NOTHING: Ends = { low: 0, high: 0 }

/** How many of something were seen that comes at random: between what numbers the expected count lies. */
function poissonEnds(seen: number): Ends {
  const middle = seen + Z ** 2 / 2
  const reach = Z * Math.sqrt(seen + Z ** 2 / 4)
  return { low: middle - reach, high: middle + reach }
}
const poissonSql = (end: 'low' | 'high', seen: string): string =>
  `(${seen} + ${Z ** 2 / 2} ${signOf(end)} ${Z} * sqrt(${seen} + ${Z ** 2 / 4}))`
const signOf = (end: 'low' | 'high'): string => (end === 'low' ? '-' : '+')

/**
 * Methods for 95 % intervals. Both are score intervals: they hold for few conversions as well, where the usual "plus or
 * minus two deviations" promises too much.
 */
export const intervals = {
  wilson: {
    label: 'Wilson score interval, 95 %',
    help: 'Takes each click as a draw that converts or not. With more conversions than clicks they are taken as a Poisson count.',
    ends(of, per) {
      if (per <= 0) return NOTHING
      if (of > per) {
        const { low, high } = poissonEnds(of)
        return { low: low / per, high: high / per }
      }
      const middle = of + Z ** 2 / 2
      const reach = Z * Math.sqrt((of * (per - of)) / per + Z ** 2 / 4)
      return { low: Math.max(0, middle - reach) / (per + Z ** 2), high: (middle + reach) / (per + Z ** 2) }
    },
    sql: (end, of, per) => {
      const share = `(${of} + ${Z ** 2 / 2} ${signOf(end)} ${Z} * sqrt(${of} * (${per} - ${of}) / ${per} + ${Z ** 2 / 4}))`
      return `multiIf(${per} <= 0, 0, ${of} > ${per}, ${poissonSql(end, of)} / ${per}, greatest(0, ${share}) / (${per} + ${Z ** 2}))`
    },
  },
  scaled_poisson: {
    label: 'Score interval of a scaled Poisson sum (Bohm and Zech), 95 %',
    help: 'Takes the money as equal payments that come at random: as many as have the same sum and the same spread, which is (sum)² ÷ (sum of squares). Where nothing was earned both ends are 0, because then nothing is known about payments.',
    ends(of, per, squares) {
      if (per <= 0) return NOTHING
      if (of <= 0 || squares <= 0) return { low: of / per, high: of / per }
      const { low, high } = poissonEnds((of * of) / squares)
      const payment = squares / of
      return { low: (payment * low) / per, high: (payment * high) / per }
    },
    sql: (end, of, per, squares) =>
      `multiIf(${per} <= 0, 0, ${of} <= 0 OR ${squares} <= 0, ${of} / ${per}, ${squares} / ${of} * ${poissonSql(end, `(${of} * ${of} / ${squares})`)} / ${per})`,
  },
} as const satisfies Record<string, IntervalDef>

export type IntervalMethod = keyof typeof intervals
