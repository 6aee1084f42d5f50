/** Column in which amounts came → SQL of the amount in the currency of its row. */
type Amounts = Readonly<Record<string, string>>

/**
 * What amounts were when they came. Stored is only what was converted; an amount that came in the currency of its row is
 * its own original, at a rate of 1, and a row that names no currency is in the first base currency of the installation.
 */
export const ORIGINALS = {
  clicks: { cost: 'cost', click_revenue: 'click_revenue' },
  // What the click cost by itself is with its first conversion; what it earned by itself is with none.
  conversions: { revenue: 'revenue', cost: 'conversion_cost - charged', click_revenue: 'click_revenue_original' },
} as const satisfies Record<string, Amounts>

/** The columns that say so, as SQL; `first`: SQL of the first base currency. */
export function originalsSql(amounts: Amounts, first: string): Readonly<Record<string, string>> {
  const currency = `if(currency = '', ${first}, currency)`
  const own = Object.entries(amounts).flatMap(([column, amount]) => {
    const told = (name: string, instead: string): readonly [string, string] => [
      `${column}_${name}`,
      `if(${column}_currency = '', ${instead}, ${column}_${name})`,
    ]
    return [told('original', amount), told('currency', currency), told('rate', '1')]
  })
  return { ...Object.fromEntries(own), currency }
}
