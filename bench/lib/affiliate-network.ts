/**
 * Plays the network that reports conversions and the receiver that is told about them, in a process of its own so that
 * its work is not counted as the server's.
 */
import { Agent, createServer, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'

const order = z.object({
  /** Postback URL without its query. */
  url: z.string(),
  subIds: z.array(z.string()),
  messages: z.number(),
  /** Postbacks a second; 0: as fast as they are taken. */
  ratePerSecond: z.number(),
})
export type NetworkOrder = z.infer<typeof order>

export const networkResult = z.object({
  received: z.number(),
  /** Distinct ids of messages. */
  messages: z.number(),
  /** From the first to the last that was received. */
  seconds: z.number(),
  /** Highest number in any whole second. */
  mostInASecond: z.number(),
  /** From the last report to the last that was received. */
  behindSeconds: z.number(),
})
export type NetworkResult = z.infer<typeof networkResult>

/** What is told of a click, one after the other: each is further on the way, so that each is a change. */
export const STATUSES = ['lead', 'sale', 'rejected'] as const
const CONNECTIONS = 32
const GIVE_UP_MS = 60_000

const ids = new Set<string>()
const perSecond = new Map<number, number>()
let received = 0
/** Postbacks of earlier runs: their clicks are where those left them. */
let reported = 0
let firstAt = 0
let lastAt = 0

if (process.send) {
  listen()
  process.on('message', (message) => {
    void run(order.parse(message)).then((result) => process.send?.(result))
  })
  process.once('disconnect', () => process.exit(0))
}

function listen(): void {
  const server = createServer((incoming, response) => {
    const now = performance.now()
    firstAt ||= now
    lastAt = now
    received++
    ids.add(String(incoming.headers['webhook-id']))
    const second = Math.floor(now / 1000)
    perSecond.set(second, (perSecond.get(second) ?? 0) + 1)
    response.end('ok')
  })
  server.keepAliveTimeout = 60_000
  server.listen(0, '127.0.0.1', () => {
    const address = server.address()
    process.send?.({ port: typeof address === 'object' && address !== null ? address.port : 0 })
  })
}

async function run({ url, subIds, messages, ratePerSecond }: NetworkOrder): Promise<NetworkResult> {
  ids.clear()
  perSecond.clear()
  received = firstAt = lastAt = 0
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS })
  const startedAt = performance.now()
  let next = 0
  const send = async (): Promise<void> => {
    while (next < messages) {
      const n = next++
      const dueInMs = ratePerSecond > 0 ? startedAt + (n / ratePerSecond) * 1000 - performance.now() : 0
      if (dueInMs > 0) await sleep(dueInMs)
      const place = reported + n
      const status = STATUSES[Math.floor(place / subIds.length)]
      await get(`${url}?subid=${subIds[place % subIds.length]}&status=${status}&payout=2.50`, agent)
    }
  }
  await Promise.all(Array.from({ length: CONNECTIONS }, send))
  const reportedAt = performance.now()
  reported += messages
  const giveUpAt = performance.now() + GIVE_UP_MS
  while (ids.size < messages && performance.now() < giveUpAt) await sleep(20)
  agent.destroy()
  return {
    received,
    messages: ids.size,
    seconds: (lastAt - firstAt) / 1000,
    mostInASecond: Math.max(0, ...perSecond.values()),
    behindSeconds: Math.max(0, lastAt - reportedAt) / 1000,
  }
}

const get = (url: string, agent: Agent): Promise<void> =>
  new Promise((resolve, reject) => {
    request(url, { agent }, (response) => response.resume().once('end', resolve))
      .once('error', reject)
      .end()
  })
