import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'

/**
 * A second opinion: what the spool says happened, worked out without any of Trackyard's own code and without regard to
 * speed. It knows what the simulated visitors do: landing clicks, and leads that become sales or are rejected.
 */
export type Cell = string | number
export type NaiveClick = Record<string, Cell> & { subId: string; atMs: number }

const clickRow = z.record(z.string(), z.union([z.string(), z.number()]))
const landingClick = z.object({ atMs: z.number(), offerId: z.number(), affiliateNetworkId: z.number() })
const postback = z.object({ params: z.record(z.string(), z.string()) })
const byHand = z.object({
  kind: z.enum(['conversion_edit', 'click_edit', 'click_removal']),
  ordinal: z.number().nullish(),
  tid: z.string().nullish(),
  set: z.object({ status: z.string().optional(), revenueMicros: z.number().optional() }).nullish(),
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

interface NaiveConversion {
  readonly ordinal: number
  readonly tid: string
  status: string
  micros: number
}

/** Money is counted in millionths. */
export function recount(spoolDir: string): NaiveClick[] {
  const clicks = new Map<string, NaiveClick>()
  const conversions = new Map<string, NaiveConversion[]>()
  for (const payload of payloads(spoolDir)) {
    const [kind = '', subId = '', ...rest] = payload.split('\t')
    const click = clicks.get(subId)
    const known = conversions.get(subId) ?? []
    if (kind === 'c') {
      const row = clickRow.parse(JSON.parse(rest[1] ?? ''))
      clicks.set(subId, { ...row, subId, atMs: Number(row.datetime), cost: micros(row.cost ?? 0) })
    } else if (kind === 'l' && click) {
      const event = landingClick.parse(JSON.parse(rest[0] ?? ''))
      Object.assign(click, {
        landing_clicked: 1,
        offer_id: event.offerId,
        affiliate_network_id: event.affiliateNetworkId,
      })
    } else if (kind === 'p' && click) {
      const { params } = postback.parse(JSON.parse(rest[0] ?? ''))
      const [main] = known
      // Once it is decided, a repeated lead changes nothing.
      if (main && (main.status !== 'lead' || params.status === 'lead')) continue
      const { tid = '', status = '' } = params
      conversions.set(subId, [{ ordinal: 1, tid, status, micros: micros(params.payout ?? 0) }])
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
  return [...clicks.values()]
}

const SUMS: Readonly<Record<string, readonly [string, string]>> = {
  lead: ['leads', 'lead_revenue'],
  sale: ['sales', 'sale_revenue'],
  rebill: ['rebills', 'sale_revenue'],
  rejected: ['rejected', 'rejected_revenue'],
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
  const one = found ?? { ordinal: next, tid, status: '', micros: 0 }
  const changed = { ...one, status: isFurther ? 'rebill' : wanted, micros: set.revenueMicros ?? one.micros }
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
