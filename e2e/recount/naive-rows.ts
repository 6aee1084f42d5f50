import type { Cell, NaiveClick } from './recount.ts'

/** A conversion of a click: what it is now, and when it came about. */
export interface Conversion {
  readonly status: string
  /** Money group of a status of the user's own. */
  readonly group?: string
  readonly counts?: boolean
  readonly slot?: number
  readonly micros: number
  readonly atMs: number
  /** 0 while it is no sale. */
  readonly saleAtMs: number
}

/** What a report counts: a click, a conversion of it, or both in one, and the date it counts on. */
export interface Row {
  readonly click: NaiveClick
  /** By clocks of the zone, `2026-02-03 14:05:09`. */
  readonly local: string
  readonly sums: Readonly<Record<string, bigint>>
}

/** Own statuses that clicks have no columns for, by the numbers of their metrics. */
export const OWN_STATUSES: ReadonlyMap<number, string> = new Map([
  [11, 'install'],
  [12, 'trial'],
])

export interface Happened {
  readonly click: NaiveClick
  readonly conversions: readonly Conversion[]
}

export type ConversionDate = 'click' | 'conversion' | 'sale'

/** Everything that counts in a report, each on its date. */
export function rowsOf(
  happened: readonly Happened[],
  conversionDate: ConversionDate,
  dated: (atMs: number) => string,
): Row[] {
  return happened.flatMap(({ click, conversions }) => {
    const own = clickSums(click)
    const all = conversions.map((one) => ({ one, sums: conversionSums(one) }))
    if (conversionDate === 'click') {
      const together = all.reduce((total, { sums }) => added(total, sums), own)
      return [{ click, local: dated(click.atMs), sums: withSquare(together) }]
    }
    return [
      { click, local: dated(click.atMs), sums: withSquare(own) },
      ...all.map(({ one, sums }) => ({
        click,
        local: dated(conversionDate === 'sale' && one.saleAtMs > 0 ? one.saleAtMs : one.atMs),
        sums: withSquare(sums),
      })),
    ]
  })
}

const whole = (cell: Cell | undefined): bigint => BigInt(Math.round(Number(cell ?? 0)))
const one = (condition: boolean): bigint => (condition ? 1n : 0n)

function clickSums(click: NaiveClick): Record<string, bigint> {
  const wentOnAfterMs = Number(click.landing_clicked_datetime ?? 0) - click.atMs
  const wentOn = Number(click.landing_clicked_datetime ?? 0) > 0
  return {
    clicks: 1n,
    campaign_unique: whole(click.is_unique_campaign),
    stream_unique: whole(click.is_unique_stream),
    global_unique: whole(click.is_unique_global),
    bots: whole(click.is_bot),
    proxies: whole(click.is_using_proxy),
    empty_referrers: one(!click.referrer),
    lp_views: one(Number(click.landing_id ?? 0) > 0),
    lp_clicks: whole(click.landing_clicked),
    went_on: one(wentOn),
    seconds: wentOn ? BigInt(Math.max(0, Math.trunc(wentOnAfterMs / 1000))) : 0n,
    cost: whole(click.cost),
    sale_revenue: whole(click.click_revenue),
  }
}

const COUNTED: Readonly<Record<string, readonly [counter: string, bucket: string]>> = {
  lead: ['leads', 'lead_revenue'],
  sale: ['sales', 'sale_revenue'],
  rebill: ['rebills', 'sale_revenue'],
  rejected: ['rejected', 'rejected_revenue'],
  registration: ['registrations', 'registration_revenue'],
  deposit: ['deposits', 'deposit_revenue'],
  trash: ['trash', 'trash_revenue'],
}
const OWN_BUCKET: Readonly<Record<string, string>> = {
  hold: 'lead_revenue',
  confirmed: 'sale_revenue',
  rejected: 'rejected_revenue',
  trash: 'trash_revenue',
}

export function conversionSums({ status, group, counts, slot, micros }: Conversion): Record<string, bigint> {
  const [counter, bucket] = COUNTED[status] ?? []
  const number = slot || [...OWN_STATUSES].find(([, name]) => name === status)?.[0]
  const money = BigInt(micros)
  if (counter && bucket) return { [counter]: 1n, [bucket]: money }
  return {
    [OWN_BUCKET[group ?? ''] ?? 'nowhere']: money,
    ...(counts ? { custom_conversions: 1n } : {}),
    ...(number ? { [`custom_conversion_${number}`]: 1n, [`custom_conversion_${number}_revenue`]: money } : {}),
  }
}

const REVENUE = ['lead_revenue', 'sale_revenue', 'registration_revenue', 'deposit_revenue']
const withSquare = (sums: Record<string, bigint>): Record<string, bigint> => ({
  ...sums,
  revenue_squared: REVENUE.reduce((total, name) => total + (sums[name] ?? 0n), 0n) ** 2n,
})

/** Sums added up name by name. */
export function added(
  a: Readonly<Record<string, bigint>>,
  b: Readonly<Record<string, bigint>>,
): Record<string, bigint> {
  const total = { ...a }
  for (const [name, value] of Object.entries(b)) total[name] = (total[name] ?? 0n) + value
  return total
}
