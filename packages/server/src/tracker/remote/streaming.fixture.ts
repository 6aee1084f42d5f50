import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, get, type IncomingMessage, type ServerResponse } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import type { FetchReply } from '@trackyard/core/actions/action.ts'
import { compileAction } from '@trackyard/core/actions/index.ts'
import { makeMacroContext } from '@trackyard/core/click/fixtures.ts'
import type { Embedding } from '@trackyard/core/macros/macro.ts'
import { fetchFile } from '../../outgoing/fetch-file.ts'
import { embed } from '../embed.ts'
import { listen } from '../front.ts'
import { toFrontReply } from '../respond.ts'
import { type CarryOut, createCarryOut, NO_FETCHES, type Settled } from './carry-out.ts'

const MB = 1_048_576

/** What a server of the outside does when it is asked for a path. */
export type Answers = Readonly<Record<string, (response: ServerResponse) => void>>

/** A server of the outside, and a front that shows visitors what is there; `?api` and the like say where it is shown. */
export interface Streaming {
  readonly base: string
  /** Fetches, those that failed, what the log says of them, and what was to be sent. */
  readonly counts: { fetches: number; failed: number }
  readonly reasons: unknown[]
  readonly settledAs: Settled[]
  /** Answers that the outside has begun and not ended. */
  open(): number
  limitTo(idleMs: number, streamMs: number, maxMb?: number, pageMs?: number): void
  reset(): void
  visit(path: string): Promise<IncomingMessage>
  /** Bytes that come, and whether they are all. */
  read(response: IncomingMessage): Promise<{ bytes: number; isWhole: boolean }>
  closed(): Promise<void>
  close(): Promise<void>
}

export async function startStreaming(answers: Answers): Promise<Streaming> {
  let open = 0
  let carryOut: CarryOut = NO_FETCHES
  const counts = { fetches: 0, failed: 0 }
  const reasons: unknown[] = []
  const settledAs: Settled[] = []

  const upstream = createServer((request, response) => {
    open++
    response.once('close', () => open--)
    answers[request.url ?? '']?.(response)
  })
  await once(upstream.listen(0, '127.0.0.1'), 'listening')
  const address = upstream.address()
  assert.ok(address !== null && typeof address === 'object')
  const base = `http://127.0.0.1:${address.port}`

  const here = { host: '127.0.0.1', port: 0, isPassedThrough: () => false, passThrough: () => undefined }
  const front = await listen(here, ({ url }, answer) => {
    const [path = '', embedding] = url.split('?')
    const isKnown = embedding === 'api' || embedding === 'image' || embedding === 'script'
    const shownIn = isKnown ? embedding : 'direct'
    carryOut(replyOf(base + path, shownIn), {}, (settled) => {
      settledAs.push(settled)
      // Whoever asks for a point gets one.
      answer(toFrontReply(embed(settled, shownIn, shownIn === 'image' ? { return: 'pixel' } : {}), [], false))
    })
  })
  const limitTo = (idleMs: number, streamMs: number, maxMb = 5, pageMs = 10_000): void => {
    const metrics = { fetches: { inc: () => counts.fetches++ }, failedFetches: { inc: () => counts.failed++ } }
    const log = { debug() {}, info() {}, warn: (...line: unknown[]) => reasons.push(line), error() {} }
    const limited: typeof fetchFile = (url, headers, { streaming, ...limits }) =>
      fetchFile(url, headers, {
        ...limits,
        maxBytes: maxMb * MB,
        ...(streaming && { streaming: { ...streaming, idleMs, streamMs } }),
      })
    carryOut = createCarryOut(true, metrics, log, limited, pageMs)
  }
  return {
    base,
    counts,
    reasons,
    settledAs,
    open: () => open,
    limitTo,
    reset() {
      limitTo(5000, 20_000)
      Object.assign(counts, { fetches: 0, failed: 0 })
      reasons.length = 0
      settledAs.length = 0
    },
    async visit(path) {
      const request = get(`http://127.0.0.1:${front.port}${path}`, { agent: false })
      request.on('error', () => undefined)
      const [response] = await once(request, 'response')
      response.on('error', () => undefined)
      return response
    },
    async read(response) {
      let bytes = 0
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length
      })
      await new Promise((done) => response.once('close', done))
      return { bytes, isWhole: response.complete }
    },
    async closed() {
      for (let tries = 0; open > 0 && tries < 1000; tries++) await wait(10)
      assert.equal(open, 0, 'the other server still sends')
    },
    async close() {
      upstream.closeAllConnections()
      upstream.close()
      await front.close()
    },
  }
}

function replyOf(url: string, embedding: Embedding): FetchReply {
  const action = compileAction({ action_type: 'curl', action_payload: url, action_options: null })
  assert.ok(action.ok)
  const reply = action.value.run(makeMacroContext({ embedding }))
  assert.ok(reply.kind === 'fetch')
  return reply
}
