import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { UNKNOWN_GEO } from '@trackyard/core/click/click.ts'
import { clickColumns } from '@trackyard/core/events/click-columns.ts'
import { fromStoreLine } from '@trackyard/core/events/store-line.ts'
import { createSnapshotPublisher } from './backend/snapshot.ts'
import { openTestBackend, TEST_NOW_MS, type TestBackend } from './backend/testing.ts'
import { capsPathOf, renderCaps } from './caps-file.ts'
import { addressesIn } from './config.ts'
import { createLog } from './log.ts'
import { createMemoryVisitorStore } from './stores/visitors/memory.ts'
import { createDeviceParser } from './tracker/device.ts'
import type { FrontReply, FrontRequest } from './tracker/front.ts'
import { createHandler } from './tracker/handle.ts'
import { readOrigin } from './tracker/headers.ts'
import { createIdentify } from './tracker/identity.ts'
import { indexingHeader } from './tracker/indexing.ts'
import { NO_LOCAL_PAGES } from './tracker/local-pages.ts'
import { createTrackerMetrics } from './tracker/metrics.ts'
import { NO_FETCHES } from './tracker/remote/carry-out.ts'
import { followSnapshot } from './tracker/site-feed.ts'
import { atOnce } from './tracker/turn.ts'

/** One answer, as tests look at it. */
export interface Visited {
  readonly status: number
  readonly body: string
  /** Lower-case name → value; the last of several. */
  readonly headers: Readonly<Record<string, string>>
  readonly location: string
  readonly cookies: Readonly<Record<string, string>>
  /** The click that was recorded for it, empty when none was. */
  readonly row: Readonly<Record<string, string | number>>
  /** Kinds of the records it wrote to the spool, such as `c` for a click and `l` for a landing click. */
  readonly recorded: string
  /** Record of the landing click, if there was one. */
  readonly landingClick: Readonly<Record<string, unknown>> | null
}

/** An address that speaks for visitors, as the web server in front does. */
const PROXY = '10.0.0.1'
const BROWSER =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36'

/** Admin API and tracker in one process with a clock of their own, joined by a real snapshot file. */
export async function openTestTracker(unlike: { readonly indexing?: typeof indexingHeader } = {}) {
  const directory = mkdtempSync(join(tmpdir(), 'tracker-'))
  const filePath = join(directory, 'campaigns.ndjson')
  const backend: TestBackend = await openTestBackend()
  let nowMs = TEST_NOW_MS
  const publisher = createSnapshotPublisher(
    backend.store,
    { filePath, baseCurrency: 'USD', nowMs: () => nowMs },
    (error) => assert.fail(String(error)),
  )
  await publisher.publish()
  const log = createLog('test', 'error')
  const feed = await followSnapshot(filePath, log)
  const written: string[] = []
  const spoolFaults: unknown[] = []
  const zero = () => 0
  const trusted = addressesIn(['10.0.0.0/8'])
  const metrics = createTrackerMetrics({
    spoolPosition: zero,
    spoolFailing: zero,
    spoolLost: zero,
    visitorsKnown: zero,
    snapshotVersion: zero,
  })
  const handle = createHandler(
    feed.current,
    (request) => readOrigin(request.headers, request.socketAddress, trusted),
    {
      senses: {
        geo: { find: () => UNKNOWN_GEO },
        devices: createDeviceParser(),
        nowMs: () => nowMs,
        chance: Math.random,
      },
      visitors: createMemoryVisitorStore({ nowMs: () => nowMs, keepMs: () => 366 * 86_400_000 }),
      spool: {
        append(payload: string, done: (durable: boolean) => void) {
          written.push(payload)
          try {
            done(true)
          } catch (error) {
            spoolFaults.push(error)
          }
        },
      },
      identify: createIdentify('secret of the tests'),
      metrics,
      macroFile: () => '',
      localPages: NO_LOCAL_PAGES,
      carryOut: NO_FETCHES,
      later: atOnce,
      indexing: unlike.indexing ?? indexingHeader,
    },
    { ready: () => undefined, metrics: () => undefined },
    log,
  )

  return {
    backend,
    create: backend.create,
    call: backend.call,
    /** Lets time pass, for API and tracker. */
    wait(ms: number): void {
      nowMs += ms
      backend.wait(ms)
    },
    nowMs: () => nowMs,
    metrics,
    /** Every record in the spool. */
    written,
    /** What was thrown into the spool's group write, where it would cost other visitors their answers. */
    spoolFaults,
    /** Publishes what was changed and waits until the tracker serves it. */
    async live(): Promise<void> {
      await publisher.publish()
      const version = await backend.store.version()
      const giveUpAt = performance.now() + 2000
      while (feed.current()?.header.version !== version) {
        assert.ok(performance.now() < giveUpAt, 'a change is live within two seconds')
        await sleep(10)
      }
    },
    /** Says which offers are full, as the backend does, and waits until the tracker knows. */
    async full(untilMs: ReadonlyMap<number, number>): Promise<void> {
      writeFileSync(capsPathOf(filePath), renderCaps(untilMs))
      const giveUpAt = performance.now() + 2000
      const text = (): string => JSON.stringify([...(feed.current()?.caps ?? [])])
      while (text() !== JSON.stringify([...untilMs].sort(([a], [b]) => a - b))) {
        assert.ok(performance.now() < giveUpAt, 'caps are known within two seconds')
        await sleep(10)
      }
    },
    /** Opens a URL such as `https://go.example/alias?x=1`, by way of the web server in front. */
    visit(url: string, options: VisitOptions = {}): Visited {
      const before = written.length
      let reply: FrontReply | undefined
      handle(requestOf(url, options), (answer) => {
        reply = answer
      })
      assert.ok(reply, `${url} was answered`)
      return toVisited(reply, written.slice(before))
    },
    /** The same for what is answered later, such as calls of the Click API. */
    async visitLater(url: string, options: VisitOptions = {}): Promise<Visited> {
      const before = written.length
      const reply = await new Promise<FrontReply>((resolve) => handle(requestOf(url, options), resolve))
      return toVisited(reply, written.slice(before))
    },
    async close(): Promise<void> {
      feed.close()
      await publisher.close()
      await backend.close()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}
export type TestTracker = Awaited<ReturnType<typeof openTestTracker>>

interface VisitOptions {
  /** Who connects; the web server in front unless said otherwise. */
  readonly socketAddress?: string
  readonly ip?: string
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Null: longer than allowed, or the visitor went away. */
  readonly body?: string | null
}

function requestOf(
  url: string,
  { ip = '9.9.9.9', method = 'GET', headers = {}, socketAddress = PROXY, body = '' }: VisitOptions,
): FrontRequest {
  const { protocol, host, pathname, search } = new URL(url)
  const proxied = { 'x-forwarded-for': ip, 'x-forwarded-proto': protocol.slice(0, -1) }
  return {
    method,
    url: pathname + search,
    headers: { host, 'user-agent': BROWSER, ...proxied, ...headers },
    socketAddress,
    isTls: false,
    readBody: async () => (body === null ? null : Buffer.from(body)),
  }
}

function toVisited(reply: FrontReply, records: readonly string[]): Visited {
  const headers: Record<string, string> = {}
  const cookies: Record<string, string> = {}
  for (let index = 0; index < reply.headers.length; index += 2) {
    const name = (reply.headers[index] ?? '').toLowerCase()
    const value = reply.headers[index + 1] ?? ''
    headers[name] = value
    const [, cookie, content] = name === 'set-cookie' ? (/^([^=]+)=([^;]*)/.exec(value) ?? []) : []
    if (cookie !== undefined) cookies[cookie] = content ?? ''
  }
  const recordOf = (kind: string): string[] | undefined =>
    records.findLast((record) => record.startsWith(`${kind}\t`))?.split('\t')
  const landingClick = recordOf('l')?.[2]
  return {
    status: reply.status,
    body: String(reply.body),
    headers,
    location: headers.location ?? '',
    cookies,
    row: fromStoreLine(clickColumns, recordOf('c')?.[3] ?? '{}'),
    recorded: records.map((record) => record.slice(0, record.indexOf('\t'))).join(''),
    landingClick: landingClick === undefined ? null : JSON.parse(landingClick),
  }
}
