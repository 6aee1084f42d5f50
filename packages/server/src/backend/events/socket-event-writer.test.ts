import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { createSubId } from '@trackyard/core/events/sub-id.ts'
import { openSocketEventWriter } from './socket-event-writer.ts'

describe('events on their way to the tracker', () => {
  const dir = mkdtempSync(join(tmpdir(), 'trackyard-writer-'))
  after(() => rmSync(dir, { recursive: true }))
  const event = { kind: 'click_removal', subId: createSubId(1_770_000_000_000, 0.5), atMs: 5 } as const
  const socketPath = join(dir, 'tracker.sock')
  const writer = openSocketEventWriter(socketPath, async () => true)

  /** What the writer says when the tracker behaves so; no listener: it is down. */
  async function told(tracker: RequestListener | null): Promise<string> {
    const server = tracker && createServer(tracker)
    if (server) await new Promise<void>((resolve) => server.listen(socketPath, resolve))
    const written = await writer.append([event, event])
    if (server) {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    }
    return written.ok ? written.value.join() : written.problems.map(({ code, message }) => `${code}: ${message}`).join()
  }

  it('are answered with positions, or with what became of them', async () => {
    const lines: string[] = []
    const accept: RequestListener = (request, response) => {
      request.on('data', (chunk: Buffer) => lines.push(...chunk.toString().trim().split('\n')))
      request.on('end', () => response.end('{"positions":[3,9]}'))
    }
    assert.equal(await told(accept), '3,9')
    assert.deepEqual(
      lines.map((line) => JSON.parse(line)),
      [event, event],
    )
    assert.match(await told(null), /^unavailable: Nothing was changed: .* down/)
    assert.match(await told((_, response) => response.writeHead(503).end('{"error":"no space"}')), /Nothing.*no space/)
    assert.match(
      await told((_, response) => response.writeHead(500).end('{}')),
      /^unavailable: .*may or may not be made/,
    )
    assert.match(await told((request) => request.socket.destroy()), /^unavailable: .*may or may not be made/)
    assert.match(await told((_, response) => response.end('what?')), /^unavailable: .*may or may not be made/)
  })
})
