import { createLog } from '../log.ts'
import type { Paths } from '../paths.ts'
import { loadPeople } from '../simulate/people.ts'
import { createRandom } from '../simulate/random.ts'
import { noTotals, type Totals, tellStory } from '../simulate/story.ts'
import { loadSnapshot } from '../snapshot-files.ts'
import { SpoolWriter } from '../spool/writer.ts'
import { createMemoryVisitorStore } from '../stores/visitors/memory.ts'
import { buildAsn, loadAsn } from '../tracker/asn.ts'
import { createCampaignIndexer } from '../tracker/campaign-index.ts'
import { createDeviceParser } from '../tracker/device.ts'
import { dataPackage, openGeo } from '../tracker/geo-feed.ts'
import { createHandler } from '../tracker/handle.ts'
import { readOrigin } from '../tracker/headers.ts'
import { createIdentify } from '../tracker/identity.ts'
import { NO_LOCAL_PAGES } from '../tracker/local-pages.ts'
import { createTrackerMetrics } from '../tracker/metrics.ts'
import { NO_FETCHES } from '../tracker/remote/carry-out.ts'
import { buildSite, compileLines, type LiveCampaign } from '../tracker/site.ts'
import { atOnce } from '../tracker/turn.ts'
import { createVirtualSession } from './virtual-session.ts'

export interface PastOptions {
  readonly paths: Paths
  readonly aliases: readonly [string, ...string[]]
  readonly clicks: number
  readonly days: number
  readonly nowMs: number
  readonly seed: number
  onProgress(clicks: number): void
}

const DAY_MS = 86_400_000
/** Visitors come back, so fewer visitors than clicks are needed. */
const CLICKS_PER_VISITOR = 1.33
/** Traffic of a day, hour by hour: quiet nights, busy evenings. */
const HOURS = [3, 2, 1, 1, 1, 2, 4, 6, 8, 9, 10, 10, 11, 11, 10, 10, 11, 12, 14, 16, 17, 15, 11, 6] as const

/**
 * Makes the past: visitors' stories of the last days, run through the tracker's own handler into the spool of a data
 * directory that nothing else is using. From there everything goes its ordinary way.
 */
export async function makePast(options: PastOptions): Promise<Totals> {
  const log = createLog('demo', 'warn')
  const snapshot = loadSnapshot(options.paths.snapshot)
  if (!snapshot.ok) throw new Error('the snapshot of the demo cannot be read')
  const { header, campaigns } = snapshot.value
  const lines = await compileLines(campaigns, undefined, header.settings.parameterAliases, log)
  const site = buildSite(header, await createCampaignIndexer<LiveCampaign>()([...lines.values()]))
  if (!loadAsn(options.paths.cache)) await buildAsn(dataPackage('@ip-location-db/asn'), options.paths.cache)
  const asn = loadAsn(options.paths.cache)
  const startMs = options.nowMs - options.days * DAY_MS
  const session = createVirtualSession(startMs)
  const random = createRandom(options.seed)
  const spool = new SpoolWriter({ dir: options.paths.spool, segmentBytes: 67_108_864, fsync: 'interval', log })
  const zero = () => 0
  const deps = {
    senses: {
      geo: await openGeo(() => asn),
      devices: createDeviceParser(),
      nowMs: session.nowMs,
      chance: random.next,
    },
    visitors: createMemoryVisitorStore({ nowMs: session.nowMs, keepMs: () => options.days * DAY_MS }),
    spool,
    identify: createIdentify('demo'),
    metrics: createTrackerMetrics({
      spoolPosition: zero,
      spoolFailing: zero,
      spoolLost: zero,
      visitorsKnown: zero,
      snapshotVersion: zero,
    }),
    macroFile: () => '',
    localPages: NO_LOCAL_PAGES,
    carryOut: NO_FETCHES,
    later: atOnce,
    indexing: () => [],
  }
  const status = { ready: () => undefined, metrics: () => undefined }
  session.connect(
    createHandler(
      () => site,
      (request) => readOrigin(request.headers, request.socketAddress, null),
      deps,
      status,
      log,
    ),
  )

  const totals = noTotals()
  const people = loadPeople(random)
  const story = { session, aliases: options.aliases, postbackKey: site.header.settings.postbackKey, totals }
  const visitors = Math.ceil(options.clicks / CLICKS_PER_VISITOR)
  const comeAndGo = async (index: number): Promise<void> => {
    const own = random.fork(index)
    await session.wait(arrival(own.next(), own.next()) * options.days * DAY_MS)
    await tellStory(people.next(own), own, story)
    if (index % 1000 === 0) options.onProgress(totals.clicks)
  }
  for (let index = 0; index < visitors; index++) void comeAndGo(index)
  await session.run(options.nowMs)
  await spool.close()
  return totals
}

/** When in the period somebody comes, as a share of it: more by the day, more in the evening. */
function arrival(day: number, within: number): number {
  const total = HOURS.reduce<number>((sum, weight) => sum + weight, 0)
  let left = within * total
  for (const [hour, weight] of HOURS.entries()) {
    if (left < weight) return (Math.floor(Math.sqrt(day) * 100) + (hour + left / weight) / 24) / 100
    left -= weight
  }
  return day
}
