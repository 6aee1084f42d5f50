import type { ServerResponse } from 'node:http'
import type { FastifyInstance } from 'fastify'
import type { Ingest } from './ingest.ts'

/** On the backend's own socket only: the tracker passes nothing but `/admin…` through. */
export const HOLD_INGEST_PATH = '/internal/hold-ingest'

/** Nobody may stop storing for longer, a caller that hangs least of all. */
const MAX_HOLD_MS = 60_000

/** For backups: ingest pauses from the first byte of the answer until the caller goes away. */
export function registerHold(app: FastifyInstance, ingest: Pick<Ingest, 'hold'>): void {
  const holders = new Set<ServerResponse>()
  app.addHook('preClose', async () => {
    for (const response of holders) response.destroy()
  })
  app.post(HOLD_INGEST_PATH, async (_request, reply) => {
    reply.hijack()
    const response = reply.raw
    holders.add(response)
    const release = await ingest.hold()
    const limit = setTimeout(() => response.destroy(), MAX_HOLD_MS)
    const end = (): void => {
      clearTimeout(limit)
      holders.delete(response)
      release()
    }
    if (response.destroyed) return end()
    response.once('close', end)
    response.writeHead(200, { 'content-type': 'text/plain' }).write('held\n')
  })
}
