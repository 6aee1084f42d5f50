import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import { after, before, describe, it } from 'node:test'
import { z } from 'zod'
import { freePort } from '../harness.ts'
import { Engine } from './engine.ts'

const asked = z.object({ limit: z.number(), offset: z.number().default(0), cursor: z.string().optional() })
const ROWS = Array.from({ length: 7 }, (_, at) => ({ clicks: at }))
const MOST = 3

/** A tracker whose answers hold three rows at most, with cursors or without. */
function tracker(hasCursor: boolean): Server {
  return createServer(async (incoming, response) => {
    let text = ''
    for await (const chunk of incoming) text += String(chunk)
    const { limit, offset, cursor } = asked.parse(JSON.parse(text))
    const from = cursor === undefined ? offset : Number(cursor)
    const to = from + Math.min(MOST, limit || MOST)
    const page = { rows: ROWS.slice(from, to), total: ROWS.length }
    response.setHeader('Content-Type', 'application/json')
    response.end(JSON.stringify(hasCursor ? { ...page, cursor: page.rows.length < MOST ? null : String(to) } : page))
  })
}

for (const hasCursor of [true, false])
  describe(`rows of a tracker ${hasCursor ? 'with' : 'without'} cursors`, () => {
    let engine: Engine
    const server = tracker(hasCursor)
    let domain = ''
    before(async () => {
      const port = await freePort()
      domain = `http://127.0.0.1:${port}`
      await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
      engine = await Engine.start()
    })
    after(() => {
      server.close()
      engine?.stop()
    })

    for (const [name, more, count] of [
      ['are all got', { returnAll: true }, 7],
      ['are got up to a limit beyond one answer', { limit: 5 }, 5],
      ['are got up to a limit within one answer', { limit: 2 }, 2],
    ] as const)
      it(name, async () => {
        const parameters = { resource: 'report', operation: 'build', ...more }
        const { items, error } = await engine.run({ parameters, credential: { domain, apiKey: 'k' } })
        assert.equal(error, null)
        assert.deepEqual(items, ROWS.slice(0, count))
      })
  })
