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

/** Money is counted in millionths. */
export function recount(spoolDir: string): NaiveClick[] {
  const clicks = new Map<string, NaiveClick>()
  const conversions = new Map<string, { status: string; micros: number }>()
  for (const payload of payloads(spoolDir)) {
    const [kind = '', subId = '', ...rest] = payload.split('\t')
    const click = clicks.get(subId)
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
      const known = conversions.get(subId)
      // Once it is decided, a repeated lead changes nothing.
      if (known && (known.status !== 'lead' || params.status === 'lead')) continue
      conversions.set(subId, { status: params.status ?? '', micros: micros(params.payout ?? 0) })
    }
  }
  for (const [subId, { status, micros: money }] of conversions) {
    const click = clicks.get(subId)
    if (!click) continue
    const [counter, bucket] =
      status === 'rejected' ? ['rejected', 'rejected_revenue'] : [`${status}s`, `${status}_revenue`]
    Object.assign(click, { [counter]: 1, [bucket]: money, [`is_${status}`]: 1 })
  }
  return [...clicks.values()]
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
