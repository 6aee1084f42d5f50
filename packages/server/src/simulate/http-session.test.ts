import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { createHttpSession } from './http-session.ts'

/** Node closes an unused connection a second after what it tells clients. */
const KEEPS_MS = 4000
const CLOSES_MS = KEEPS_MS + 1000

it('a session never uses a connection just as the server closes it', async () => {
  const server = createServer({ keepAliveTimeout: KEEPS_MS }, (_request, response) => response.end('ok'))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const visit = async (nth: number): Promise<number[]> => {
    const session = createHttpSession(new URL(`http://127.0.0.1:${port}`), { speed: 1, longestMs: 0 }, 64)
    const crowd = async (): Promise<number[]> =>
      Promise.all(Array.from({ length: 20 }, async () => (await session.request('/', null, '')).status))
    const before = await crowd()
    await sleep(CLOSES_MS + (nth - 15) * 3)
    const after = await crowd()
    session.close()
    return [...before, ...after]
  }
  const statuses = (await Promise.all(Array.from({ length: 30 }, (_, nth) => visit(nth)))).flat()
  server.close()
  assert.equal(statuses.filter((status) => status !== 200).length, 0)
})
