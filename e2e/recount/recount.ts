import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'

/**
 * A second opinion: what the spool says happened, worked out without any of Trackyard's own code and without regard to
 * speed. It knows what the simulated visitors and networks do: landing clicks, and conversions that go on from lead to
 * whatever end, several of a click told apart by their transaction.
 */
export type Cell = string | number
export type NaiveClick = Record<string, Cell> & { subId: string; atMs: number }

const clickRow = z.record(z.string(), z.union([z.string(), z.number()]))
const landingClick = z.object({
  atMs: z.number(),
  offerId: z.number(),
  affiliateNetworkId: z.number(),
  payoutMicros: z.number(),
  destination: z.string(),
})
const postback = z.object({ atMs: z.number(), params: z.record(z.string(), z.string()) })
const byHand = z.object({
  atMs: z.number(),
  kind: z.enum(['conversion_edit', 'click_edit', 'click_removal']),
  ordinal: z.number().nullish(),
  tid: z.string().nullish(),
  set: z
    .object({
      status: z.string().optional(),
      revenueMicros: z.number().optional(),
      postbackAtMs: z.number().optional(),
      saleAtMs: z.number().optional(),
    })
    .nullish(),
  slots: z.record(z.string(), z.string()).default({}),
  costMicros: z.number().nullish(),
})
const period = { campaignIds: z.array(z.number()).nullable(), fromMs: z.number(), toMs: z.number() }
const costs = z.object({
  costMicros: z.number(),
  selection: z.object({
    ...period,
    slots: z.record(z.string(), z.array(z.string())),
    onlyUniques: z.boolean(),
    withBots: z.boolean(),
  }),
})
const clean = z.object({ segment: z.object(period) })

export interface NaiveConversion {
  readonly ordinal: number
  readonly tid: string
  status: string
  micros: number
  /** When it was told first, and when it became a sale; 0 while it is none. */
  readonly atMs: number
  readonly saleAtMs: number
}

/** Money is counted in millionths. `columns`: the only ones that are kept of a click as it came; all without. */
export function recount(
  spoolDir: string,
  columns?: readonly string[],
): { clicks: NaiveClick[]; conversions: Map<string, NaiveConversion[]> } {
  const clicks = new Map<string, NaiveClick>()
  const conversions = new Map<string, NaiveConversion[]>()
  for (const payload of payloads(spoolDir)) {
    const [kind = '', subId = '', ...rest] = payload.split('\t')
    const click = clicks.get(subId)
    const known = conversions.get(subId) ?? []
    if (kind === 'c') {
      const all = clickRow.parse(JSON.parse(rest[1] ?? ''))
      const row = columns
        ? Object.fromEntries(columns.flatMap((name) => (name in all ? [[name, all[name] ?? '']] : [])))
        : all
      clicks.set(subId, { ...row, subId, atMs: Number(row.datetime), cost: micros(row.cost ?? 0) })
    } else if (kind === 'l' && click) {
      const event = landingClick.parse(JSON.parse(rest[0] ?? ''))
      Object.assign(click, {
        landing_clicked: 1,
        landing_clicked_datetime: click.landing_clicked_datetime ?? event.atMs,
        offer_id: event.offerId,
        affiliate_network_id: event.affiliateNetworkId,
        destination: event.destination,
        ...(event.payoutMicros === 0 ? {} : { click_revenue: event.payoutMicros }),
      })
    } else if (kind === 'p' && click) {
      const { params, atMs } = postback.parse(JSON.parse(rest[0] ?? ''))
      conversions.set(subId, told(known, params, atMs))
    } else if (kind === 'a' && click) {
      const event = byHand.parse(JSON.parse(rest[0] ?? ''))
      if (event.kind === 'click_removal') clicks.delete(subId)
      else if (event.kind === 'conversion_edit') conversions.set(subId, edited(known, event))
      else Object.assign(click, event.slots, typeof event.costMicros === 'number' ? { cost: event.costMicros } : {})
    } else if (kind === 'w') sweep(clicks, rest[0] ?? '')
  }
  for (const [subId, all] of conversions) {
    const click = clicks.get(subId)
    if (!click) continue
    for (const { status, micros: money } of all) {
      const [counter, bucket] = SUMS[status] ?? []
      if (!counter || !bucket) throw new Error(`The recount knows no status ${status}`)
      click[counter] = Number(click[counter] ?? 0) + 1
      click[bucket] = Number(click[bucket] ?? 0) + money
    }
    const main = all.toSorted((a, b) => a.ordinal - b.ordinal)[0]?.status
    if (main) click[`is_${main === 'rebill' ? 'sale' : main}`] = 1
  }
  return { clicks: [...clicks.values()], conversions }
}

const SUMS: Readonly<Record<string, readonly [string, string]>> = {
  lead: ['leads', 'lead_revenue'],
  sale: ['sales', 'sale_revenue'],
  rebill: ['rebills', 'sale_revenue'],
  rejected: ['rejected', 'rejected_revenue'],
  registration: ['registrations', 'registration_revenue'],
  deposit: ['deposits', 'deposit_revenue'],
  trash: ['trash', 'trash_revenue'],
}

/** From interest to payment and beyond: a network goes on and not back, so what is told again changes nothing. */
const WAY = ['lead', 'registration', 'deposit', 'sale', 'rejected', 'trash']
const PAID: ReadonlySet<string> = new Set(['deposit', 'sale', 'rebill'])

function told(
  known: readonly NaiveConversion[],
  params: Readonly<Record<string, string>>,
  atMs: number,
): NaiveConversion[] {
  const { tid = '', status: word = '' } = params
  const found = known.find((one) => one.tid === tid)
  const status = word === 'sale' && known[0] && known[0] !== found ? 'rebill' : word
  if (found && (found.status === 'rebill' || WAY.indexOf(status) <= WAY.indexOf(found.status))) return [...known]
  const ordinal = found?.ordinal ?? Math.max(0, ...known.map((one) => one.ordinal)) + 1
  const saleAtMs = found?.saleAtMs || (PAID.has(status) ? atMs : 0)
  const one = { ordinal, tid, status, micros: micros(params.payout ?? 0), atMs: found?.atMs ?? atMs, saleAtMs }
  return found ? known.map((other) => (other === found ? one : other)) : [...known, one]
}

function edited(known: readonly NaiveConversion[], event: z.output<typeof byHand>): NaiveConversion[] {
  const { ordinal, set } = event
  const tid = event.tid ?? ''
  const meant = typeof ordinal === 'number' ? (one: NaiveConversion) => one.ordinal === ordinal : undefined
  const found = known.find(meant ?? ((one) => one.tid === tid)) ?? (!meant && tid === '' ? known[0] : undefined)
  if (!set) return known.filter((one) => one !== found)
  if (!found && meant) return [...known]
  const wanted = set.status ?? found?.status ?? 'sale'
  const isFurther = !meant && wanted === 'sale' && (found ? found.status === 'rebill' : known.length > 0)
  const next = Math.max(0, ...known.map((one) => one.ordinal)) + 1
  const one = found ?? { ordinal: next, tid, status: '', micros: 0, atMs: event.atMs, saleAtMs: 0 }
  const status = isFurther ? 'rebill' : wanted
  const saleAtMs = one.saleAtMs || (PAID.has(status) ? event.atMs : 0)
  const changed = {
    ...{ ...one, status, micros: set.revenueMicros ?? one.micros },
    ...{ atMs: set.postbackAtMs ?? one.atMs, saleAtMs: set.saleAtMs ?? saleAtMs },
  }
  return [...known.filter((other) => other !== found), changed]
}

/** Costs spread over many clicks, or many clicks removed. */
function sweep(clicks: Map<string, NaiveClick>, json: string): void {
  const isIn = (click: NaiveClick, { campaignIds, fromMs, toMs }: z.output<typeof clean>['segment']): boolean =>
    click.atMs >= fromMs && click.atMs < toMs && (campaignIds?.includes(Number(click.campaign_id)) ?? true)
  const cleaned = clean.safeParse(JSON.parse(json))
  if (cleaned.success) {
    for (const click of [...clicks.values()]) if (isIn(click, cleaned.data.segment)) clicks.delete(click.subId)
    return
  }
  const { costMicros, selection } = costs.parse(JSON.parse(json))
  const chosen = [...clicks.values()]
    .filter((click) => isIn(click, selection))
    .filter((click) => Object.entries(selection.slots).every(([slot, all]) => all.includes(String(click[slot] ?? ''))))
    .filter(
      (click) => (!selection.onlyUniques || click.is_unique_campaign === 1) && (selection.withBots || !click.is_bot),
    )
    .sort((a, b) => (a.subId < b.subId ? -1 : 1))
  for (const [index, click] of chosen.entries())
    click.cost = Math.floor(costMicros / chosen.length) + (index < costMicros % chosen.length ? 1 : 0)
}

function* payloads(spoolDir: string): Generator<string> {
  for (const name of readdirSync(spoolDir).sort()) {
    if (!name.endsWith('.seg')) continue
    const bytes = readFileSync(join(spoolDir, name))
    for (let at = 0; at + 8 <= bytes.length; ) {
      const length = bytes.readUInt32BE(at)
      yield bytes.toString('utf8', at + 8, at + 8 + length)
      at += 8 + length
    }
  }
}

const micros = (amount: Cell): number => Math.round(Number(amount) * 1_000_000)
