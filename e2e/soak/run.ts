import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { pathsOf } from '../../packages/server/src/paths.ts'
import { createRandom } from '../../packages/server/src/simulate/random.ts'
import { createSampleCampaigns } from '../../packages/server/src/simulate/sample-campaigns.ts'
import type { Totals } from '../../packages/server/src/simulate/story.ts'
import { startYard, type Yard } from '../harness.ts'
import type { Role } from '../processes.ts'
import { check } from './check.ts'
import { type Day, HOURS_IN_ALL, simulateDay } from './day.ts'
import { type Memory, watch } from './watch.ts'

export interface SoakOptions {
  /** What 24 hours are pressed into. */
  readonly minutes: number
  /** Visitors a second, on average over the day; 0: as many as are answered. */
  readonly rate: number
  readonly seed: number
  readonly onHour?: (hour: number, totals: Totals) => void
}

export interface SoakResult {
  readonly totals: Totals
  readonly seconds: number
  readonly costUpdates: number
  readonly changes: number
  readonly memory: Readonly<Record<Role, Memory>>
  readonly samples: number
  readonly largestBacklogMb: number
  /** From the last answer until all was stored. */
  readonly drainedInMs: number
  /** Of the spool, after that. */
  readonly backlogBytes: number
  /** Rows of reports that were compared with a recount of the spool, and what was not equal. */
  readonly rows: number
  readonly wrong: readonly string[]
}

const DRAIN_MS = 600_000
const EVERY_HOURS = 1
/** Failed requests told one by one. */
const SHOWN = 5

/** A day of traffic and the evening after it, pressed into minutes: how much memory it takes, whether storing keeps up, and whether figures are exact. */
export async function soak({ minutes, rate, seed, onHour }: SoakOptions): Promise<SoakResult> {
  const yard = await startYard({ env: { TRACKYARD_SPOOL_KEEP_HOURS: '1000', TRACKYARD_LOG_LEVEL: 'warn' } })
  try {
    const aliases = await createSampleCampaigns(yard.api)
    await yard.until('campaigns are served', 5000, async () => (await yard.readyz())?.tracker.campaigns === 3)
    const watching = watch(yard)
    const startedAt = performance.now()
    const durationMs = ((minutes * HOURS_IN_ALL) / 24) * 60_000
    const day = simulateDay({ base: yard.base, aliases, seed, rate, durationMs })
    const account = await manage(yard, day, createRandom(seed), onHour)
    await day.isOver
    const endedAt = performance.now()
    const watched = watching.stop()
    await yard.waitUntilStored(DRAIN_MS)
    const drainedInMs = Math.round(performance.now() - endedAt)
    const status = await yard.readyz()
    const backlogBytes = (status?.tracker.spool_position ?? 0) - (status?.backend.ingest?.position ?? 0)
    const { totals } = day
    const checked = await check(yard, pathsOf(yard.dataDir).spool, totals)
    const failed =
      totals.failures > 0 ? [`${totals.failures} requests failed: ${day.failed.slice(0, SHOWN).join('; ')}`] : []
    const seconds = (endedAt - startedAt) / 1000
    return {
      totals,
      seconds,
      drainedInMs,
      backlogBytes,
      ...account,
      ...watched,
      rows: checked.rows,
      wrong: [...failed, ...checked.wrong],
    }
  } finally {
    await yard.dispose()
  }
}

const entities = z.array(z.object({ id: z.number() }))

/** What people do meanwhile, every simulated hour: say what clicks cost, and change what is served. */
async function manage(
  yard: Yard,
  day: Day,
  random: ReturnType<typeof createRandom>,
  onHour: SoakOptions['onHour'],
): Promise<{ costUpdates: number; changes: number }> {
  const campaigns = entities.parse(await yard.api('GET', '/campaigns')).map(({ id }) => id)
  let costUpdates = 0
  let changes = 0
  for (let next = EVERY_HOURS; next < HOURS_IN_ALL; next += EVERY_HOURS) {
    while (day.hour() < next) await sleep(20)
    const id = campaigns[next % campaigns.length]
    const date = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10)
    // A zone of a campaign, as a rule; now and then the campaign as a whole.
    const filters = random.chance(0.2) ? {} : { sub_id_1: `zone-${random.integer(1, 300)},zone-7` }
    const cost = random.integer(1, 99_999) / 1000
    const total = { start_date: date(-1), end_date: date(1), cost, filters }
    await yard.api('POST', `/campaigns/${id}/update_costs`, total)
    costUpdates++
    const streams = entities.parse(await yard.api('GET', `/campaigns/${id}/streams`))
    for (const stream of streams) {
      await yard.api('PUT', `/streams/${stream.id}`, { weight: random.integer(10, 90) })
      changes++
    }
    onHour?.(next, day.totals)
  }
  return { costUpdates, changes }
}
