import assert from 'node:assert/strict'
import type { CostTerms } from '@trackyard/core/costs/charge.ts'
import type { Sweep } from '@trackyard/core/costs/sweep.ts'
import { onlyCurrency } from '@trackyard/core/currency/exchange.ts'
import { isSweep, parseAdminEvent } from '@trackyard/core/events/admin-event.ts'
import { parsePayload } from '../../spool/record.ts'
import type { EventStore } from '../../stores/events/port.ts'
import { costOf, costsOf, type Happening, NaiveCosts, recordOf } from './cost-history.ts'
import { planBatch } from './plan-batch.ts'
import { settleSweeps } from './settle-sweep.ts'
import { createSweeper } from './sweeper.ts'

const OFFER = { payout_type: 'CPA' as const, payout_value: 0, payout_auto: true, payout_upsell: true }

/** Tells a store a history step by step, as ingest does; what the sweeps are after each step goes to `look`. */
export async function tell(
  history: readonly Happening[],
  terms: CostTerms | null,
  store: EventStore,
  look: (naive: NaiveCosts, sweeps: readonly Sweep[]) => Promise<void>,
): Promise<void> {
  const source = {
    ...{ loadStates: store.loadStates, loadConversions: store.loadConversions },
    ...{ exchange: async () => onlyCurrency('USD'), offerTerms: async () => OFFER, costTerms: async () => terms },
  }
  const newSweeper = () => createSweeper(store, 2, () => undefined)
  const naive = new NaiveCosts()
  let sweeper = newSweeper()
  let sweeps: readonly Sweep[] = []
  let made = 0
  const slice = async (): Promise<void> => {
    if (sweeps.length === 0) return
    const done = await sweeper.slice(sweeps)
    sweeps = sweeps.filter((sweep) => !done.includes(sweep))
  }
  for (const [at, one] of history.entries()) {
    if (one.what === 'click') made++
    const last = naive.clicks.findLast(({ place }) => place === one.who)?.subId ?? 'mws00000abcdefghi'
    const payload = recordOf(one, at, last, made)
    if (one.what === 'slice') await slice()
    if (one.what === 'crash') sweeper = newSweeper()
    const seq = 10 * (at + 1)
    const event = payload?.startsWith('w') ? parseAdminEvent(payload.slice(4)) : null
    const together =
      one.what === 'bulk' ? one.totals.map((total) => costsOf(total, at)) : event && isSweep(event) ? [event] : []
    if (together.length > 0) {
      const around = { store, sweeps, exchange: onlyCurrency('USD'), isReplay: false }
      const placed = together.map((sweep, place) => ({ event: sweep, seq: seq + place }))
      sweeps = await settleSweeps(placed, around)
    } else if (payload !== null) {
      const plan = await planBatch([parsePayload(seq, Buffer.from(payload))], source, false, sweeps)
      assert.deepEqual(plan.unreadable, [])
      await store.insertLines('conversions', plan.conversionLines, 'p')
      await store.insertLines(
        'clicks',
        [...plan.newClicks, ...plan.changes].flatMap(({ lines }) => lines),
        'p',
      )
    }
    naive.apply(one, made)
    const now = await store.loadConversions([last])
    if (one.what === 'postback' || one.what === 'drop')
      naive.convert(
        last,
        (now.get(last) ?? []).map(({ row }) => ({
          ordinal: Number(String(row.conversion_id).split('-')[1]),
          status: String(row.status),
          revenue: Number(row.revenue ?? 0),
        })),
        terms,
      )
    await look(naive, sweeps)
  }
  while (sweeps.length > 0) await slice()
  await look(naive, sweeps)
}

/** What each click should cost, its conversions too. */
export const expected = (naive: NaiveCosts): string[] =>
  naive.clicks.map((click) => {
    const conversions = click.conversions.map(({ ordinal, charged, settled }) =>
      [ordinal, (ordinal === 1 ? click.own : 0) + charged, charged, settled].join(' '),
    )
    return JSON.stringify([click.subId, costOf(click), click.sub, conversions.sort()])
  })

/** The same as read from a store, with the sweeps on it. */
export async function found(
  naive: NaiveCosts,
  view: Pick<EventStore, 'loadStates' | 'loadConversions'>,
  all: readonly string[],
): Promise<string[]> {
  const states = await view.loadStates(all)
  const conversions = await view.loadConversions(all)
  const order = naive.clicks.map(({ subId }) => subId)
  return [...states]
    .sort(([a], [b]) => order.indexOf(a) - order.indexOf(b))
    .map(([subId, { row }]) => {
      const costs = (conversions.get(subId) ?? []).map(({ row: one }) =>
        [String(one.conversion_id).split('-')[1], one.conversion_cost ?? 0, one.charged ?? 0, one.settled ?? 0].join(
          ' ',
        ),
      )
      return JSON.stringify([subId, Number(row.cost ?? 0), row.sub_id_1 ?? '', costs.sort()])
    })
}
