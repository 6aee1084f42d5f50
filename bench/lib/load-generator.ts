/**
 * Sends visitors to a server on this machine, in a process of its own so that its work is not counted as the server's.
 * Raw sockets: an HTTP client would cost several times what the server does.
 */
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { createVisitors, type Visit } from './visitors.ts'

const order = z.object({
  port: z.number(),
  alias: z.string(),
  seed: z.number(),
  connections: z.number(),
  durationMs: z.number(),
  /** Requests a second whatever the server does; 0: each connection sends as soon as it has its answer. */
  ratePerSecond: z.number(),
})
export type LoadOrder = z.infer<typeof order>

export const loadResult = z.object({
  answered: z.number(),
  failed: z.number(),
  seconds: z.number(),
  statuses: z.record(z.string(), z.number()),
  p50Ms: z.number(),
  p99Ms: z.number(),
  maxMs: z.number(),
})
export type LoadResult = z.infer<typeof loadResult>

if (process.send) {
  process.on('message', (message) => {
    void runLoad(order.parse(message)).then((result) => process.send?.(result))
  })
  process.once('disconnect', () => process.exit(0))
}

async function runLoad(load: LoadOrder): Promise<LoadResult> {
  const nextVisit = createVisitors(load.alias, load.seed)
  const nextRequest = (): string => toRequest(nextVisit())
  const latencies: number[] = []
  const statuses: Record<string, number> = {}
  let failed = 0
  const idle: Connection[] = []
  const waiting: number[] = []
  let isOver = false
  const isOpenLoop = load.ratePerSecond > 0

  const onAnswer = (connection: Connection, status: string, sentAt: number): void => {
    latencies.push(performance.now() - sentAt)
    statuses[status] = (statuses[status] ?? 0) + 1
    if (isOver) return
    if (!isOpenLoop) connection.send(nextRequest(), performance.now())
    else {
      const dueAt = waiting.shift()
      if (dueAt === undefined) idle.push(connection)
      else connection.send(nextRequest(), dueAt)
    }
  }
  const connections = await Promise.all(
    Array.from({ length: load.connections }, () =>
      openConnection(load.port, onAnswer, () => {
        failed++
      }),
    ),
  )
  const startedAt = performance.now()
  if (isOpenLoop) {
    idle.push(...connections)
    const chance = createChance(load.seed)
    let dueAt = startedAt
    while (performance.now() - startedAt < load.durationMs) {
      // The timer's lateness is ours, not the server's, so waiting is counted from here; a request that finds every
      // connection busy is counted from here as well, and not from when one comes free.
      const now = performance.now()
      for (; dueAt <= now; dueAt += (-Math.log(1 - chance()) * 1000) / load.ratePerSecond) {
        const connection = idle.pop()
        if (connection) connection.send(nextRequest(), now)
        else waiting.push(now)
      }
      await sleep(1)
    }
  } else {
    for (const connection of connections) connection.send(nextRequest(), performance.now())
    await sleep(load.durationMs)
  }
  isOver = true
  const seconds = (performance.now() - startedAt) / 1000
  await sleep(100)
  for (const connection of connections) connection.close()
  latencies.sort((a, b) => a - b)
  const at = (share: number): number => latencies[Math.floor(share * (latencies.length - 1))] ?? 0
  return { answered: latencies.length, failed, seconds, statuses, p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1) }
}

function toRequest({ url, headers }: Visit): string {
  let text = `GET ${url} HTTP/1.1\r\n`
  for (const name in headers) text += `${name}: ${headers[name]}\r\n`
  return `${text}\r\n`
}

interface Connection {
  send(request: string, sentAt: number): void
  close(): void
}

function openConnection(
  port: number,
  onAnswer: (connection: Connection, status: string, sentAt: number) => void,
  onFailure: () => void,
): Promise<Connection> {
  return new Promise((resolve, reject) => {
    const socket: Socket = connect({ port, host: '127.0.0.1', noDelay: true })
    let sentAt = 0
    let pending = ''
    let isClosed = false
    const connection: Connection = {
      send(request, at) {
        sentAt = at
        socket.write(request, 'latin1')
      },
      close() {
        isClosed = true
        socket.destroy()
      },
    }
    socket.once('connect', () => resolve(connection))
    socket.once('error', reject)
    socket.on('close', () => {
      if (!isClosed) onFailure()
    })
    socket.on('data', (chunk) => {
      pending += chunk.toString('latin1')
      const end = pending.indexOf('\r\n\r\n')
      if (end === -1 || pending.length < end + 4 + contentLength(pending, end)) return
      const status = pending.slice(9, 12)
      pending = ''
      onAnswer(connection, status, sentAt)
    })
  })
}

function contentLength(text: string, end: number): number {
  const match = /\r\ncontent-length: (\d+)/i.exec(text.slice(0, end))
  return Number(match?.[1] ?? 0)
}

/** Uniform in [0, 1), the same for the same seed: Park and Miller's generator. */
function createChance(seed: number): () => number {
  let state = (seed % 2_147_483_646) + 1
  return () => {
    state = (state * 48_271) % 2_147_483_647
    return state / 2_147_483_647
  }
}
