import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ok, type Result } from '@trackyard/core/result.ts'
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify'
import type { LogLine } from '../log.ts'
import type { SimulationAnswer, SimulationCall } from '../simulation.ts'
import { parseBundle } from '../snapshot.ts'
import type { ConfigStore } from '../stores/config/port.ts'
import { openSqliteConfigStore } from '../stores/config/sqlite.ts'
import { createMemoryEvents, type MemoryEvents } from '../stores/events/memory.ts'
import type { EventQueries, EventQuery, QueryAnswer } from '../stores/events/port.ts'
import { createBackend } from './app.ts'
import { type BackendSettings, DEFAULT_BACKEND_SETTINGS } from './context.ts'
import { openCurrencies, prepareCurrencies } from './currencies/currencies.ts'
import type { NewJob } from './delivery/queue.ts'
import { createMemoryEventWriter, type MemoryEventWriter } from './events/memory-event-writer.ts'
import { createFileStore, type FileStore } from './files/store.ts'
import { nonconformity } from './openapi/conformance.ts'
import { createSecretBox } from './secret-box.ts'
import { ensureSecrets } from './secrets.ts'

export const TEST_KEY = 'test-key-of-the-administrator'
export const TEST_NOW_MS = Date.UTC(2026, 1, 3, 14, 5, 9)

/** A backend over a database in memory, with everything a test wants to look at. */
export interface TestBackend {
  readonly app: FastifyInstance
  readonly store: ConfigStore
  readonly events: MemoryEvents
  readonly files: FileStore
  readonly eventWriter: MemoryEventWriter
  /** Statements that were asked of the event store, and what it is to answer. */
  readonly queries: EventQuery[]
  answer: QueryAnswer
  /** What was asked of the tracker, and what it is to answer; null: that no stream took the visitor. */
  readonly simulations: SimulationCall[]
  simulation: Result<SimulationAnswer> | null
  /** Postbacks that were sent again. */
  readonly repeated: NewJob[]
  /** What processes are to have logged. */
  readonly systemLines: LogLine[]
  /** How often the snapshot was said to be outdated. */
  changes(): number
  readonly errors: unknown[]
  /** Sends a request with the administrator's key; answers status and parsed body. */
  // biome-ignore lint/suspicious/noExplicitAny: tests read answers of every shape
  call(method: Method, path: string, payload?: unknown, options?: InjectOptions): Promise<{ status: number; body: any }>
  /** Creates through the API and answers what it shows. */
  // biome-ignore lint/suspicious/noExplicitAny: tests read answers of every shape
  create(kind: string, payload: object): Promise<any>
  /** Lets time pass. */
  wait(ms: number): void
  close(): Promise<void>
}
type Method = 'GET' | 'POST' | 'PUT' | 'DELETE' | 'PATCH'

/** `asked` is a real event store to ask in place of `answer`. */
export async function openTestBackend(
  settings: Partial<BackendSettings> = {},
  asked?: EventQueries,
): Promise<TestBackend> {
  const store = await openSqliteConfigStore(':memory:')
  await ensureSecrets(store, { postbackKey: 'pbkey123', adminPassword: '' }, TEST_NOW_MS)
  const baseCurrency = settings.baseCurrency ?? DEFAULT_BACKEND_SETTINGS.baseCurrency
  await prepareCurrencies(store, baseCurrency, TEST_NOW_MS)
  const currencies = openCurrencies(store, baseCurrency)
  const events = createMemoryEvents()
  const eventWriter = createMemoryEventWriter(events, {
    exchange: () => currencies.exchange(),
    offerTerms: (id) => store.get('offers', id),
    costTerms: (id) => store.get('campaigns', id),
  })
  const queries: EventQuery[] = []
  const simulations: SimulationCall[] = []
  const repeated: NewJob[] = []
  const errors: unknown[] = []
  const systemLines: LogLine[] = []
  let changes = 0
  let nowMs = TEST_NOW_MS
  const filesDir = join(tmpdir(), `trackyard-files-${randomUUID()}`)
  const files = createFileStore(filesDir)
  const app = await createBackend({
    configStore: store,
    eventStore: {
      loadStates: events.loadStates,
      loadConversions: events.loadConversions,
      countEach: (clicks, limits) => events.countEach(clicks, limits),
      months: events.months,
      emptyLog: events.emptyLog,
      sweeps: () => [],
      async query(query) {
        queries.push(query)
        return asked ? asked.query(query) : test.answer
      },
      async *stream(query) {
        queries.push(query)
        if (asked) yield* asked.stream(query)
        else yield test.answer.rows
      },
    },
    files,
    secretBox: createSecretBox('secret of the tests'),
    currencies,
    macroFile: () => '',
    eventWriter,
    delivery: { repeat: (jobs) => void repeated.push(...jobs) },
    simulator: {
      async simulate(call) {
        simulations.push(call)
        return test.simulation ?? ok(nobodyCame(call))
      },
    },
    systemLog: {
      lines: () => [...systemLines].sort((a, b) => b.atMs - a.atMs),
      clear: (levels) => {
        systemLines.splice(0, systemLines.length, ...systemLines.filter(({ level }) => !levels.includes(level)))
      },
    },
    snapshotPublisher: { changed: () => void changes++ },
    clock: { nowMs: () => nowMs },
    settings: {
      ...DEFAULT_BACKEND_SETTINGS,
      apiKey: TEST_KEY,
      bodyLimitBytes: 100_000,
      apiDialect: 'modern',
      ...settings,
    },
    logError: (message, fields) => errors.push({ message, fields }),
  })
  checkEveryAnswer(app)
  const test: TestBackend = {
    app,
    store,
    events,
    files,
    eventWriter,
    queries,
    simulations,
    repeated,
    simulation: null,
    systemLines,
    answer: { rows: [], totals: null, rowsBeforeLimit: 0 },
    changes: () => changes,
    errors,
    async call(method, path, payload, options = {}) {
      const reply = await app.inject({
        method,
        url: `/admin_api/v1${path}`,
        ...(payload === undefined ? {} : { payload: typeof payload === 'string' ? payload : JSON.stringify(payload) }),
        ...options,
        headers: { 'api-key': TEST_KEY, ...options.headers },
      })
      assert.equal(errors.length, 0, JSON.stringify(errors))
      assert.match(String(reply.headers['content-type']), /^application\/json/)
      return { status: reply.statusCode, body: reply.body === '' ? undefined : reply.json() }
    },
    async create(kind, payload) {
      const { status, body } = await test.call('POST', `/${kind}`, payload)
      assert.equal(status, 200, JSON.stringify(body))
      return Array.isArray(body) ? body[0] : body
    },
    wait(ms) {
      nowMs += ms
    },
    async close() {
      await app.close()
      await store.close()
      files.close()
      rmSync(filesDir, { recursive: true, force: true })
    },
  }
  return test
}

function nobodyCame({ bundle }: SimulationCall): SimulationAnswer {
  const { campaign } = parseBundle(bundle)
  const line = JSON.stringify({ sub_id: 'mws00000abcdefghi', datetime: TEST_NOW_MS, campaign_id: campaign.id })
  return {
    hops: [{ campaignId: campaign.id, line, params: {}, seenStreams: [], limits: [], action: null }],
    response: { status: 200, headers: [], body: '', isBodyCut: false, fetches: null },
  }
}

/** Every answer of every test is held against the OpenAPI document: one that is not as described fails the test. */
function checkEveryAnswer(app: FastifyInstance): void {
  const inject = app.inject.bind(app)
  const checked = async (options: InjectOptions): Promise<LightMyRequestResponse> => {
    const reply = await inject(options)
    const { method = 'GET', url = '' } = options
    const { statusCode: status, headers, body } = reply
    const wrong = nonconformity({ method, url: String(url), status, headers, body })
    if (wrong !== null) assert.fail(wrong)
    return reply
  }
  Object.assign(app, { inject: checked })
}
