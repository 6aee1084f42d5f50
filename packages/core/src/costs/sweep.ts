import { z } from 'zod'
import { originalColumns } from '../currency/originals.ts'
import { type ClickSelection, clickSelection } from '../events/admin-event.ts'
import type { ClickRow } from '../events/click-columns.ts'
import type { Micros } from '../money.ts'

/** A click by its place in time; those of one millisecond stand in the order of their ids. */
const place = z.object({ atMs: z.int(), subId: z.string() })
export type ClickPlace = Readonly<z.output<typeof place>>

const share = z.object({
  /** Values of the column `currency` that rows have for which it is meant; a sweep with one share gives it to all. */
  rowCurrencies: z.array(z.string()),
  micros: z.int(),
  /** The first clicks, up to and including this one, cost one micro more, so that the sum is exact; null: none. */
  oneMoreUpTo: place.nullable(),
  /** What the share is in the currency the total came in; null when that is the currency of the row. */
  original: z.object({ micros: z.int(), currency: z.string(), rate: z.number() }).nullable(),
})
/** What one click gets of a total. */
export type CostShare = Readonly<z.output<typeof share>>

const event = { seq: z.int(), selection: clickSelection }
/**
 * A change of many clicks that was taken down and whose figures are settled. It is about clicks whose state is older than
 * `seq`, the position of its event in the spool, and that match as of that moment. A state cannot be older and changed by
 * a later event at once, because whoever changes a click applies the sweeps before it first: so the version of a state
 * alone tells which sweeps are still to be applied to it (docs/adr/0003).
 */
export const sweepSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('costs'), ...event, shares: z.array(share).min(1) }),
  z.object({ kind: z.literal('clean'), ...event }),
])
export type Sweep = Readonly<z.output<typeof sweepSchema>>
export type CostSweep = Extract<Sweep, { kind: 'costs' }>

/** What sweeps make of a click. */
export interface Swept {
  readonly isRemoved: boolean
  /** The columns of its cost; null: they stay as they are. */
  readonly cost: Readonly<Record<string, string | number>> | null
  /** The last sweep that changed it, 0: none did. */
  readonly seq: number
}

/** What the sweeps, oldest first, make of a click that has this state. */
export function sweepClick(row: ClickRow, version: number, sweeps: readonly Sweep[]): Swept {
  let cost: Swept['cost'] = null
  let seq = 0
  for (const sweep of sweeps) {
    if (version >= sweep.seq || !isSelected(sweep.selection, cost ? { ...row, ...cost } : row)) continue
    seq = sweep.seq
    if (sweep.kind === 'clean') return { isRemoved: true, cost: null, seq }
    cost = shareOf(sweep, row)
  }
  return { isRemoved: false, cost, seq }
}

function shareOf({ shares }: CostSweep, row: ClickRow): Record<string, string | number> {
  const currency = String(row.currency ?? '')
  const own = shares.find(({ rowCurrencies }) => rowCurrencies.includes(currency)) ?? shares[0]
  if (!own) throw new Error('A sweep without shares')
  const isFirst = own.oneMoreUpTo !== null && !isAfter(row, own.oneMoreUpTo)
  return { cost: own.micros + (isFirst ? 1 : 0), ...originalColumns('cost', own.original) }
}

const isAfter = (row: ClickRow, { atMs, subId }: ClickPlace): boolean => {
  const own = Number(row.datetime ?? 0)
  return own === atMs ? String(row.sub_id) > subId : own > atMs
}

/** Does a click fulfil every condition? */
export function isSelected(selection: ClickSelection, row: ClickRow): boolean {
  const { campaignIds, fromMs, toMs, slots, costsMicros, onlyUniques, withBots } = selection
  const number = (column: string): number => Number(row[column] ?? 0)
  return (
    (campaignIds === null || campaignIds.includes(number('campaign_id'))) &&
    number('datetime') >= fromMs &&
    number('datetime') < toMs &&
    Object.entries(slots).every(([slot, values]) => values.includes(String(row[slot] ?? ''))) &&
    (costsMicros === null || costsMicros.includes(number('cost'))) &&
    (!onlyUniques || number('is_unique_campaign') === 1) &&
    (withBots || number('is_bot') === 0)
  )
}

/**
 * The sweeps with one more. It takes the place of an older one that set costs of the same clicks: everything that did is
 * undone by it, unless what the clicks cost in between decides which ones a sweep is about.
 */
export function withSweep(sweeps: readonly Sweep[], next: Sweep): readonly Sweep[] {
  const all = [...sweeps, next]
  if (next.kind !== 'costs' || all.some(asksForCost)) return all
  const selection = textOf(next)
  return all.filter((one) => one === next || one.kind !== 'costs' || textOf(one) !== selection)
}

const texts = new WeakMap<ClickSelection, string>()

/** The same for selections that ask for the same; thousands may be compared with each new one. */
function textOf({ selection }: Sweep): string {
  const text = texts.get(selection) ?? JSON.stringify(selection)
  texts.set(selection, text)
  return text
}

/** Which clicks a sweep is about depends on what they cost, so on the sweeps before it. */
export const asksForCost = ({ selection }: Pick<Sweep, 'selection'>): boolean => selection.costsMicros !== null

/** Equal shares of a total, the first `oneMore` clicks one micro more. */
export const shareOut = (total: Micros, clicks: number): { readonly micros: Micros; readonly oneMore: number } => {
  const oneMore = total % clicks
  return { micros: (total - oneMore) / clicks, oneMore }
}
