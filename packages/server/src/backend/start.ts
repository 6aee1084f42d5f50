import { rmSync } from 'node:fs'
import { capsPathOf } from '../caps-file.ts'
import type { Config } from '../config.ts'
import { createLog } from '../log.ts'
import { openLogFile, openSystemLog } from '../log-file.ts'
import { followMacroFiles } from '../macro-files.ts'
import type { Paths } from '../paths.ts'
import { createMetrics, type Metrics } from '../prometheus.ts'
import { sharedSecrets } from '../secrets-file.ts'
import { openSqliteConfigStore } from '../stores/config/sqlite.ts'
import { openClickHouseEvents } from '../stores/events/clickhouse.ts'
import { eventStoreOptions } from '../stores/events/options.ts'
import { withSweeps } from '../stores/events/with-sweeps.ts'
import { createBackend } from './app.ts'
import { keepCaps } from './caps/cap-keeper.ts'
import { openSocketSimulator } from './clicks/simulator.ts'
import { DEFAULT_BACKEND_SETTINGS } from './context.ts'
import { openCurrencies, prepareCurrencies } from './currencies/currencies.ts'
import { type Delivery, startDelivery } from './delivery/delivery.ts'
import { network } from './domains/probe.ts'
import { openSocketEventWriter } from './events/socket-event-writer.ts'
import { createFileStore } from './files/store.ts'
import { sweepFiles } from './files/sweep.ts'
import { registerHold } from './ingest/hold-route.ts'
import { startIngest } from './ingest/ingest.ts'
import { backendJobs } from './jobs/jobs.ts'
import { startJobs } from './jobs/scheduler.ts'
import { createSecretBox } from './secret-box.ts'
import { ensureSecrets, loadSecrets } from './secrets.ts'
import { openSetup } from './setup/setup-link.ts'
import { createSnapshotPublisher } from './snapshot.ts'

export interface RunningBackend {
  /** Path of the one-time setup page, null when an administrator exists. */
  readonly setupPath: string | null
  /** Path of the postback URL. */
  readonly postbackPath: string
  close(): Promise<void>
}

/** Starts everything that is not the click path: Admin API, ingest, snapshot. The event store may be down. */
export async function startBackend(config: Config, paths: Paths): Promise<RunningBackend> {
  const keep = openLogFile(paths.logs, 'backend')
  const log = createLog('backend', config.logLevel, keep)
  const configStore = await openSqliteConfigStore(paths.config)
  await ensureSecrets(configStore, config, Date.now())
  const newBase = await prepareCurrencies(configStore, config.baseCurrency, Date.now())
  if (newBase !== null) log.warn('the base currency is another one from now on', { currency: newBase })
  const currencies = openCurrencies(configStore, config.baseCurrency)
  const publisher = createSnapshotPublisher(
    configStore,
    { filePath: paths.snapshot, baseCurrency: config.baseCurrency, nowMs: Date.now },
    (error) => log.error('the snapshot could not be written; the tracker serves the old one', { error: String(error) }),
  )
  await publisher.publish()
  const eventStore = openClickHouseEvents(eventStoreOptions(config, paths))
  const setupPath = await openSetup(configStore, Date.now())
  const files = createFileStore(paths.files)
  await sweepFiles(configStore, files).catch((error: unknown) =>
    log.warn('files that are not needed could not be removed', { error: String(error) }),
  )
  const caps = keepCaps({
    configStore,
    eventStore,
    filePath: capsPathOf(paths.snapshot),
    nowMs: Date.now,
    onError: (error) =>
      log.warn('conversions of offers with a daily cap cannot be counted now', { error: String(error) }),
  })
  const changed = (): void => {
    publisher.changed()
    caps.changed()
  }
  const secretBox = createSecretBox(sharedSecrets(paths.secrets).storePassword)
  const macroFiles = followMacroFiles(paths.macros, log)
  const delivery = startDelivery({
    queuePath: paths.delivery,
    configStore,
    eventStore,
    secretBox,
    currencies,
    macroFile: macroFiles.text,
    allowPrivateTargets: config.allowPrivateTargets,
    changed,
    log: createLog('delivery', config.logLevel, keep),
    nowMs: Date.now,
    random: Math.random,
  })
  const ingest = startIngest({
    spoolDir: paths.spool,
    statePath: paths.ingestState,
    rejectedPath: paths.rejected,
    store: eventStore,
    source: {
      exchange: () => currencies.exchange(),
      offerTerms: (id) => configStore.get('offers', id),
      costTerms: (id) => configStore.get('campaigns', id),
    },
    log: createLog('ingest', config.logLevel, keep),
    onConversions: caps.changed,
    onStatusChanges: delivery.tell,
    onRemovedClicks: delivery.forget,
  })
  const settings = {
    ...DEFAULT_BACKEND_SETTINGS,
    apiKey: config.apiKey,
    baseCurrency: config.baseCurrency,
    validationStatus: config.apiValidationStatus,
    apiDialect: config.apiDialect,
    allowPrivateTargets: config.allowPrivateTargets,
    publicPort: config.port,
    uploadLimitBytes: config.uploadLimitMb * 1_048_576,
    reportTimeoutMs: config.reportTimeoutSeconds * 1000,
  }
  const app = await createBackend({
    files,
    configStore,
    eventStore: {
      ...withSweeps(eventStore, ingest.sweeps),
      query: eventStore.query,
      stream: eventStore.stream,
      months: eventStore.months,
      emptyLog: (log) => ingest.inTurn(() => eventStore.emptyLog(log)),
      sweeps: ingest.sweeps,
    },
    secretBox,
    delivery,
    currencies,
    macroFile: macroFiles.text,
    eventWriter: openSocketEventWriter(paths.trackerSocket, ingest.untilStored),
    simulator: openSocketSimulator(paths.trackerSocket),
    systemLog: openSystemLog(paths.logs),
    snapshotPublisher: { changed },
    clock: { nowMs: Date.now },
    settings,
    logError: (message, fields) => log.error(message, fields),
  })
  registerHold(app, {
    async hold() {
      const releases = [await ingest.hold(), await delivery.hold()]
      return () => {
        for (const release of releases) release()
      }
    },
  })
  const metrics = backendMetrics(() => ingest.status(), delivery)
  app.get('/internal/status', async () => ({ ingest: ingest.status(), store_up: await eventStore.ping() }))
  app.get('/internal/metrics', () => metrics.render())
  rmSync(paths.backendSocket, { force: true })
  await app.listen({ path: paths.backendSocket })
  const deps = { configStore, eventStore, files, settings, network, changed, inTurn: ingest.inTurn, nowMs: Date.now }
  const jobs = startJobs(backendJobs(deps), {
    log: createLog('jobs', config.logLevel, keep),
    nowMs: Date.now,
    random: Math.random,
  })
  const { postbackKey } = await loadSecrets(configStore)
  return {
    setupPath,
    postbackPath: `/${postbackKey}/postback`,
    async close() {
      await app.close()
      await jobs.close()
      await ingest.close()
      await delivery.close()
      await caps.close()
      files.close()
      macroFiles.close()
      await publisher.close()
      await eventStore.close()
      await configStore.close()
    },
  }
}

function backendMetrics(
  status: () => ReturnType<ReturnType<typeof startIngest>['status']>,
  delivery: Pick<Delivery, 'queued' | 'status'>,
): Pick<Metrics, 'render'> {
  const { gauge, render } = createMetrics()
  gauge('postbacks_queued', 'Postbacks that are to be sent, those that wait for another try among them.', () =>
    delivery.queued(),
  )
  gauge('postbacks_in_flight', 'Postbacks that are being sent.', () => delivery.status().inFlight)
  gauge(
    'postbacks_delivered',
    'Postbacks that receivers accepted since the backend started.',
    () => delivery.status().outcomes.delivered,
  )
  gauge(
    'postbacks_failed_attempts',
    'Attempts that failed and are made again, since the backend started.',
    () => delivery.status().outcomes.retrying,
  )
  gauge(
    'postbacks_given_up',
    'Postbacks that were given up since the backend started: failed, gone, refused or skipped.',
    () => {
      const { failed, gone, refused, skipped } = delivery.status().outcomes
      return failed + gone + refused + skipped
    },
  )
  gauge('ingest_position_bytes', 'Spool position up to which everything is stored.', () => status().position)
  gauge('ingest_sweeps', 'Changes of many clicks that are not carried out on every click yet.', () => status().sweeps)
  gauge('ingest_failing', '1 while storing is interrupted.', () => (status().failure ? 1 : 0))
  gauge('ingest_stored_clicks', 'Clicks stored since the backend started.', () => status().storedClicks)
  gauge(
    'ingest_orphans',
    'Landing clicks and updates of unknown clicks since the backend started.',
    () => status().orphans,
  )
  gauge('ingest_rejected_rows', 'Rows the store refused, set aside in spool/rejected.ndjson.', () => status().rejected)
  gauge(
    'ingest_damaged_bytes',
    'Bytes of the spool that could not be read since the backend started.',
    () => status().damagedBytes,
  )
  gauge('backend_memory_bytes', 'Resident memory of the backend process.', () => process.memoryUsage.rss())
  return { render }
}
