import type { request as httpRequest } from 'node:http'
import { z } from 'zod'
import { addressesIn } from '../config.ts'
import type { SpoolWriter } from '../spool/writer.ts'
import type { Status } from './handle.ts'
import type { TrackerMetrics } from './metrics.ts'
import { plain } from './respond.ts'
import type { SiteFeed } from './site-feed.ts'

const BACKEND_TIMEOUT_MS = 700

/** What the supervisor tells about the processes it looks after. */
const supervisorReport = z.object({
  type: z.literal('processes'),
  restarts: z.record(z.string(), z.number()),
  down: z.array(z.string()),
})

/** What the backend says when the store answers it too. */
const backendStatus = z.object({ store_up: z.literal(true) })

interface StatusDeps {
  readonly spool: Pick<SpoolWriter, 'failure' | 'position' | 'lostRecords'>
  readonly feed: SiteFeed
  readonly metrics: TrackerMetrics
  readonly backendSocket: string
  readonly request: typeof httpRequest
}

/**
 * `/readyz` and `/metrics`, in full only for callers on this machine or a private network. Ready means: visitors are
 * served and recorded. A backend or store that is down is told but does not make the tracker unready, because clicks
 * wait safely in the spool. Who waits for the Admin API and its reports asks `/readyz/api`.
 */
export function createStatus(deps: StatusDeps): Status {
  let processes: { restarts: Record<string, number>; down: string[] } = { restarts: {}, down: [] }
  process.on('message', (message) => {
    const report = supervisorReport.safeParse(message)
    if (report.success) processes = report.data
  })
  const backend = (path: string): Promise<string | null> => fetchFromBackend(deps, path)
  return {
    ready(origin, answer, needsApi) {
      void backend('/internal/status').then((text) => {
        const site = deps.feed.current()
        const isApiUp = text !== null && backendStatus.safeParse(asObject(text)).success
        const ready = site !== null && deps.spool.failure === '' && (isApiUp || !needsApi)
        // How much traffic there is, is nobody's business outside.
        if (!isInside(origin.ip)) return answer(plain(ready ? 200 : 503, JSON.stringify({ ready }), 'application/json'))
        const body = {
          ready,
          tracker: {
            snapshot_version: site?.header.version ?? null,
            campaigns: site?.campaignCount ?? 0,
            spool_position: deps.spool.position,
            spool_error: deps.spool.failure || null,
          },
          backend: text === null ? { up: false } : { up: true, ...asObject(text) },
          processes,
        }
        answer(plain(ready ? 200 : 503, `${JSON.stringify(body, null, 2)}\n`, 'application/json; charset=utf-8'))
      })
    },
    metrics(origin, answer) {
      if (!isInside(origin.ip)) return answer(plain(404, 'Not found'))
      void Promise.all([deps.metrics.render(), backend('/internal/metrics')]).then(([own, other]) => {
        const restarts = Object.entries(processes.restarts).map(
          ([name, count]) => `trackyard_process_restarts_total{process="${name}"} ${count}\n`,
        )
        const supervised = `# HELP trackyard_process_restarts_total Times the supervisor started a process again.\n# TYPE trackyard_process_restarts_total counter\n${restarts.join('')}`
        const up = `# HELP trackyard_backend_up 1 if the backend answers.\n# TYPE trackyard_backend_up gauge\ntrackyard_backend_up ${other === null ? 0 : 1}\n`
        answer(plain(200, own + up + supervised + (other ?? ''), 'text/plain; version=0.0.4; charset=utf-8'))
      })
    },
  }
}

/** Asked from this machine or a private network. */
const isInside = addressesIn([
  '127.0.0.0/8',
  '::1',
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '169.254.0.0/16',
  'fc00::/7',
  'fe80::/10',
])

function asObject(text: string): object {
  try {
    const parsed: unknown = JSON.parse(text)
    return typeof parsed === 'object' && parsed !== null ? parsed : {}
  } catch {
    return {}
  }
}

function fetchFromBackend(deps: StatusDeps, path: string): Promise<string | null> {
  return new Promise((resolve) => {
    const asked = deps.request(
      { socketPath: deps.backendSocket, path, timeout: BACKEND_TIMEOUT_MS, agent: false },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.once('end', () => resolve(response.statusCode === 200 ? Buffer.concat(chunks).toString('utf8') : null))
        response.once('error', () => resolve(null))
      },
    )
    asked.once('timeout', () => asked.destroy())
    asked.once('error', () => resolve(null))
    asked.end()
  })
}
