import { rmSync } from 'node:fs'
import type { Config } from '../config.ts'
import { createLog } from '../log.ts'
import type { Paths } from '../paths.ts'
import { createMetrics, type Metrics } from '../prometheus.ts'
import { sharedSecrets } from '../secrets-file.ts'
import { openSqliteConfigStore } from '../stores/config/sqlite.ts'
import { openClickHouseEvents } from '../stores/events/clickhouse.ts'
import { createBackend } from './app.ts'
import { DEFAULT_BACKEND_SETTINGS } from './context.ts'
import { startIngest } from './ingest/ingest.ts'
import { ensureSecrets, loadSecrets } from './secrets.ts'
import { openSetup } from './setup/setup-link.ts'
import { createSnapshotPublisher } from './snapshot.ts'

const DATABASE = 'trackyard'

export interface RunningBackend {
  /** Path of the one-time setup page, null when an administrator exists. */
  readonly setupPath: string | null
  /** Path of the postback URL. */
  readonly postbackPath: string
  close(): Promise<void>
}

/** Starts everything that is not the click path: Admin API, ingest, snapshot. The event store may be down. */
export async function startBackend(config: Config, paths: Paths): Promise<RunningBackend> {
  const log = createLog('backend', config.logLevel)
  const configStore = await openSqliteConfigStore(paths.config)
  await ensureSecrets(configStore, config, Date.now())
  const publisher = createSnapshotPublisher(
    configStore,
    { filePath: paths.snapshot, baseCurrency: config.baseCurrency, nowMs: Date.now },
    (error) => log.error('the snapshot could not be written; the tracker serves the old one', { error: String(error) }),
  )
  await publisher.publish()
  const eventStore = openClickHouseEvents(eventStoreOptions(config, paths))
  const setupPath = await openSetup(configStore, Date.now())
  const app = await createBackend({
    configStore,
    eventStore,
    snapshotPublisher: publisher,
    clock: { nowMs: Date.now },
    settings: {
      ...DEFAULT_BACKEND_SETTINGS,
      apiKey: config.apiKey,
      baseCurrency: config.baseCurrency,
      validationStatus: config.apiValidationStatus,
      apiDialect: config.apiDialect,
      allowPrivateTargets: config.allowPrivateTargets,
      publicPort: config.port,
      reportTimeoutMs: config.reportTimeoutSeconds * 1000,
    },
    logError: (message, fields) => log.error(message, fields),
  })
  const ingest = startIngest({
    spoolDir: paths.spool,
    statePath: paths.ingestState,
    rejectedPath: paths.rejected,
    store: eventStore,
    source: { baseCurrency: config.baseCurrency, offerTerms: (id) => configStore.get('offers', id) },
    log: createLog('ingest', config.logLevel),
  })
  const metrics = backendMetrics(() => ingest.status())
  app.get('/internal/status', async () => ({ ingest: ingest.status(), store_up: await eventStore.ping() }))
  app.get('/internal/metrics', () => metrics.render())
  rmSync(paths.backendSocket, { force: true })
  await app.listen({ path: paths.backendSocket })
  const { postbackKey } = await loadSecrets(configStore)
  return {
    setupPath,
    postbackPath: `/${postbackKey}/postback`,
    async close() {
      await app.close()
      await ingest.close()
      await publisher.close()
      await eventStore.close()
      await configStore.close()
    },
  }
}

function eventStoreOptions(config: Config, paths: Paths): Parameters<typeof openClickHouseEvents>[0] {
  if (config.clickhouseUrl === '') {
    const { storePassword: password } = sharedSecrets(paths.secrets)
    return config.storePort > 0
      ? { url: `http://127.0.0.1:${config.storePort}`, password, database: DATABASE }
      : { url: 'http://localhost', socketPath: paths.storeSocket, password, database: DATABASE }
  }
  const url = new URL(config.clickhouseUrl)
  const database = url.pathname.replace(/^\//, '') || DATABASE
  return {
    url: url.origin,
    username: decodeURIComponent(url.username) || 'default',
    password: decodeURIComponent(url.password),
    database,
  }
}

function backendMetrics(status: () => ReturnType<ReturnType<typeof startIngest>['status']>): Pick<Metrics, 'render'> {
  const { gauge, render } = createMetrics()
  gauge('ingest_position_bytes', 'Spool position up to which everything is stored.', () => status().position)
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
