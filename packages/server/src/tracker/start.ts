import { request as httpRequest, type IncomingMessage } from 'node:http'
import { fail, problem } from '@trackyard/core/result.ts'
import type { Config } from '../config.ts'
import { addressesIn } from '../config.ts'
import { patiently } from '../listening.ts'
import { createLog, messageOf } from '../log.ts'
import { openLogFile } from '../log-file.ts'
import { followMacroFiles } from '../macro-files.ts'
import type { Paths } from '../paths.ts'
import { readIngestPosition, readIngestReach } from '../spool/ingest-state.ts'
import { readSpool } from '../spool/reader.ts'
import { SpoolWriter } from '../spool/writer.ts'
import { createMemoryVisitorStore, type MemoryVisitorStore } from '../stores/visitors/memory.ts'
import { loadVisitors, saveVisitors } from '../stores/visitors/snapshot.ts'
import { isAdminUrl } from './admin-url.ts'
import { createDeviceParser } from './device.ts'
import { listenForEvents } from './events-socket.ts'
import { listen } from './front.ts'
import { followGeo } from './geo-feed.ts'
import { createHandler } from './handle.ts'
import { readOrigin } from './headers.ts'
import { createIdentify } from './identity.ts'
import { indexingHeader } from './indexing.ts'
import { createLocalPages } from './local-pages.ts'
import { createTrackerMetrics } from './metrics.ts'
import { createPassThrough } from './proxy.ts'
import { createCarryOut } from './remote/carry-out.ts'
import { simulate } from './simulate.ts'
import { followSnapshot, type SiteFeed } from './site-feed.ts'
import { createStatus } from './status.ts'
import { createTurn } from './turn.ts'
import { replayVisits } from './visits.ts'

const SAVE_VISITORS_MS = 30_000
const DISCARD_MS = 10_000
/** What is stored leaves the disk at most so long after it came, and TRACKYARD_SPOOL_KEEP_HOURS later. */
const SEGMENT_AGE_MS = 3_600_000
const REPLAY_BYTES = 4 * 1_048_576
const HOUR_MS = 3_600_000
const YEAR_MS = 366 * 24 * HOUR_MS

export interface RunningTracker {
  readonly port: number
  close(): Promise<void>
}

/** Starts the tracker: everything a visitor meets. It needs the data directory only; backend and store may be down. */
export async function startTracker(config: Config, paths: Paths): Promise<RunningTracker> {
  const log = createLog('tracker', config.logLevel, openLogFile(paths.logs, 'tracker'))
  // Its files are read while the rest is made ready.
  const openingGeo = followGeo({ cityFile: config.geoCityFile, cacheDir: paths.cache }, log)
  // Should it fail before it is awaited, the start fails there and not here.
  openingGeo.catch(() => undefined)
  const saved = loadVisitors(paths.visitors)
  const later = createTurn()
  const spool = new SpoolWriter({
    dir: paths.spool,
    segmentBytes: config.spoolSegmentBytes,
    fsync: config.fsync,
    log,
    schedule: (flush) => later('write', flush),
    notBefore: Math.max(readIngestReach(paths.ingestState), saved?.position ?? 0),
  })
  const feed = await followSnapshot(paths.snapshot, log)
  const keepMs = (): number => feed.current()?.longestUniquenessMs ?? YEAR_MS
  const visitors = createMemoryVisitorStore({ nowMs: Date.now, keepMs }, saved?.dump)
  let savedPosition = replay(paths.spool, saved?.position ?? 0, visitors)

  const geo = await openingGeo
  const macroFiles = followMacroFiles(paths.macros, log)
  const metrics = createTrackerMetrics({
    spoolPosition: () => spool.position,
    spoolFailing: () => (spool.failure ? 1 : 0),
    spoolLost: () => spool.lostRecords,
    visitorsKnown: () => visitors.size,
    snapshotVersion: () => feed.current()?.header.version ?? 0,
    geo,
  })
  const trusted = config.trustProxy.length > 0 ? addressesIn(config.trustProxy) : null
  const deps = {
    senses: { geo, devices: createDeviceParser(), nowMs: Date.now, chance: Math.random },
    visitors,
    spool,
    later,
    identify: identifyWith(feed),
    metrics,
    macroFile: macroFiles.text,
    localPages: createLocalPages(paths.files, metrics, log),
    carryOut: createCarryOut(config.allowPrivateTargets, metrics, log),
    indexing: indexingHeader,
  }
  const status = createStatus({ spool, feed, metrics, backendSocket: paths.backendSocket, request: httpRequest })
  const passThrough = createPassThrough(
    paths.backendSocket,
    (message: IncomingMessage) => readOrigin(message.headers, message.socket.remoteAddress ?? '', trusted).ip,
  )
  const handler = createHandler(
    feed.current,
    (request) => readOrigin(request.headers, request.socketAddress, trusted),
    deps,
    status,
    log,
  )
  const isPassedThrough = (message: IncomingMessage): boolean => {
    if (!isAdminUrl(message.url ?? '/')) return false
    const { host } = readOrigin(message.headers, message.socket.remoteAddress ?? '', trusted)
    return feed.current()?.domain(host)?.admin_dashboard !== false
  }
  const front = await patiently(() =>
    listen({ host: config.host, port: config.port, isPassedThrough, passThrough }, handler),
  )
  const eventsSocket = await listenForEvents(paths.trackerSocket, spool, (call) => {
    const site = feed.current()
    return site ? simulate(call, site, deps) : fail(problem('unavailable', 'No campaigns are known yet.'))
  })

  const save = async (): Promise<void> => {
    const position = spool.position
    if (position === savedPosition) return
    try {
      await saveVisitors(paths.visitors, position, visitors.dump())
      savedPosition = position
    } catch (error) {
      log.warn('the visitor memory could not be saved', { error: messageOf(error) })
    }
  }
  const saveTimer = setInterval(() => void save(), SAVE_VISITORS_MS)
  const discardTimer = setInterval(() => {
    spool.closeOld(SEGMENT_AGE_MS, Date.now())
    void spool.discardBefore(
      Math.min(savedPosition, readIngestPosition(paths.ingestState)),
      config.spoolKeepHours * HOUR_MS,
      Date.now(),
    )
  }, DISCARD_MS)

  return {
    port: front.port,
    async close() {
      clearInterval(saveTimer)
      clearInterval(discardTimer)
      geo.close()
      await eventsSocket.close()
      await front.close()
      await spool.close()
      await save()
      feed.close()
      macroFiles.close()
    },
  }
}

/** Rebuilds what happened after the saved dump; returns the position up to which the memory is complete on disk. */
function replay(spoolDir: string, from: number, visitors: MemoryVisitorStore): number {
  for (let position = from; ; ) {
    const batch = readSpool(spoolDir, position, REPLAY_BYTES)
    replayVisits(batch.records, visitors)
    if (!batch.isFull) return from
    position = batch.next
  }
}

/** The secret of visitor codes comes with the snapshot; until it is there nobody is served anyway. */
function identifyWith(feed: SiteFeed): ReturnType<typeof createIdentify> {
  let identify: ReturnType<typeof createIdentify> | null = null
  return (click, method) => {
    identify ??= createIdentify(feed.current()?.header.settings.visitorSecret ?? '')
    return identify(click, method)
  }
}
