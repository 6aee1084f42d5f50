import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { create, type Yard } from './harness.ts'
import type { Role } from './processes.ts'

/** An offer whose URL shows its name and the click's id. */
export const createOffer = (yard: Yard, name: string, more: object = {}): Promise<number> =>
  create(yard, '/offers', {
    name,
    action_type: 'http',
    action_payload: `https://${name}.example/?c={subid}`,
    payout_auto: true,
    ...more,
  })

/** A campaign with these streams, being served. */
export async function createCampaign(
  yard: Yard,
  alias: string,
  streams: readonly object[],
  more: object = {},
): Promise<number> {
  const id = await create(yard, '/campaigns', { name: alias, alias, ...more })
  for (const stream of streams) await create(yard, '/streams', { campaign_id: id, ...stream })
  await untilLive(yard)
  return id
}

/** Waits until the tracker serves everything that was saved by now. */
export async function untilLive(yard: Yard): Promise<void> {
  // A change of its own, seen by visitors, comes after all changes before it.
  const marker = `live-${++markers}`
  await create(yard, '/campaigns', { name: marker, alias: marker })
  await yard.until('the configuration is live', 5000, async () => (await yard.send(`/${marker}`)).status === 200)
}
let markers = 0

/** Host of the URL a visitor was sent to, e.g. `offer-a.example`; the status when there is none. */
export const destinationOf = ({ location, status }: { location: string; status: number }): string =>
  location === '' ? String(status) : new URL(location).host

/** Kills a process and waits for its successor to do the work. */
export async function killAndWait(yard: Yard, role: Role): Promise<void> {
  const old = yard.signal(role, 'SIGKILL')
  await yard.until(`${role} runs again`, 20_000, async () => {
    const pid = yard.pids()[role]
    if (pid === undefined || pid === old) return false
    const status = await yard.readyz()
    return status?.ready === true && (role === 'tracker' || status.backend.store_up === true)
  })
}

const reportAnswer = z.object({ summary: z.object({ clicks: z.number() }) })

/** How many clicks there are in reports, of one campaign or of all. */
export async function clicksOf(yard: Yard, alias?: string): Promise<number> {
  const { summary } = reportAnswer.parse(
    await yard.api('POST', '/report/build', {
      range: { interval: 'all_time' },
      metrics: ['clicks'],
      filters: alias === undefined ? [] : [{ name: 'campaign', operator: 'EQUALS', expression: alias }],
      summary: true,
    }),
  )
  return summary.clicks
}

/** Median and worst of times in milliseconds, as text. */
export function spread(times: readonly number[]): string {
  const sorted = times.toSorted((a, b) => a - b).map(Math.round)
  return `median ${sorted[Math.floor(sorted.length / 2)]} ms, worst ${sorted.at(-1)} ms of ${sorted.length}`
}

/** Polls every 10 ms; answers how long it took. */
export async function timeUntil(isSo: () => Promise<boolean>, giveUpMs = 10_000): Promise<number> {
  const startedAt = performance.now()
  while (!(await isSo())) {
    if (performance.now() - startedAt > giveUpMs) break
    await sleep(10)
  }
  return performance.now() - startedAt
}
