import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, get, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { after, before, beforeEach, describe, it } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { gzipSync } from 'node:zlib'
import type { FetchReply } from '@trackyard/core/actions/action.ts'
import { compileAction } from '@trackyard/core/actions/index.ts'
import { makeMacroContext } from '@trackyard/core/click/fixtures.ts'
import type { Embedding } from '@trackyard/core/macros/macro.ts'
import { fetchFile } from '../../outgoing/fetch-file.ts'
import { embed } from '../embed.ts'
import { type HttpFront, listen } from '../front.ts'
import { toFrontReply } from '../respond.ts'
import { type CarryOut, createCarryOut, NO_FETCHES, type Settled } from './carry-out.ts'

const MB = 1_048_576
const BIG = Buffer.alloc(4 * MB, 'x')
const FILE = { 'content-type': 'application/octet-stream' }

describe('files on their way to visitors', () => {
  let upstream: Server
  let front: HttpFront
  let base = ''
  let goOn = (): void => undefined
  let open = 0
  const waiting: ServerResponse[] = []
  let carryOut: CarryOut = NO_FETCHES
  const counts = { fetches: 0, failed: 0 }
  const reasons: unknown[] = []
  const settledAs: Settled[] = []

  const begin = (response: ServerResponse, more = {}): void => {
    response.writeHead(200, { ...FILE, ...more })
    response.write('first')
  }
  const answers: Record<string, (response: ServerResponse) => void> = {
    '/whole': (response) => response.writeHead(200, { ...FILE, 'content-length': BIG.length }).end(BIG),
    '/packed': (response) => response.writeHead(200, { ...FILE, 'content-encoding': 'gzip' }).end(gzipSync(BIG)),
    '/bomb': (response) =>
      response.writeHead(200, { ...FILE, 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(20 * MB))),
    '/empty': (response) => response.writeHead(200, { 'content-type': 'image/png', 'content-length': 0 }).end(),
    '/almost': (response) => {
      response.writeHead(200, { ...FILE, 'content-length': BIG.length }).write(BIG.subarray(1))
      waiting.push(response)
    },
    '/slow': (response) => {
      begin(response)
      goOn = () => response.end('last')
    },
    '/cut': (response) => {
      begin(response, { 'content-length': 10 })
      setTimeout(() => response.destroy(), 20)
    },
    '/big': (response) => begin(response, { 'content-length': 5 * MB + 1 }),
    '/endless': (response) => {
      const fill = (): void => {
        while (!response.destroyed && response.write(BIG.subarray(0, 65_536)));
      }
      begin(response)
      response.on('drain', fill)
      fill()
    },
    '/hanging': (response) => begin(response),
    '/dripping': (response) => {
      begin(response)
      const timer = setInterval(() => response.write('x'), 50)
      response.once('close', () => clearInterval(timer))
    },
  }

  before(async () => {
    upstream = createServer((request, response) => {
      open++
      response.once('close', () => open--)
      answers[request.url ?? '']?.(response)
    })
    await once(upstream.listen(0, '127.0.0.1'), 'listening')
    const address = upstream.address()
    assert.ok(address !== null && typeof address === 'object')
    base = `http://127.0.0.1:${address.port}`

    const here = { host: '127.0.0.1', port: 0, isPassedThrough: () => false, passThrough: () => undefined }
    front = await listen(here, ({ url }, answer) => {
      const [path = '', embedding] = url.split('?')
      const isKnown = embedding === 'api' || embedding === 'image' || embedding === 'script'
      const shownIn = isKnown ? embedding : 'direct'
      carryOut(replyOf(base + path, shownIn), {}, (settled) => {
        settledAs.push(settled)
        // Whoever asks for a point gets one.
        answer(toFrontReply(embed(settled, shownIn, shownIn === 'image' ? { return: 'pixel' } : {}), [], false))
      })
    })
  })
  after(async () => {
    upstream.closeAllConnections()
    upstream.close()
    await front.close()
  })
  const limitTo = (idleMs: number, streamMs: number, maxMb = 5): void => {
    const metrics = { fetches: { inc: () => counts.fetches++ }, failedFetches: { inc: () => counts.failed++ } }
    const log = { debug() {}, info() {}, warn: (...line: unknown[]) => reasons.push(line), error() {} }
    carryOut = createCarryOut(true, metrics, log, (url, headers, { streaming, ...limits }) =>
      fetchFile(url, headers, {
        ...limits,
        maxBytes: maxMb * MB,
        ...(streaming && { streaming: { ...streaming, idleMs, streamMs } }),
      }),
    )
  }
  beforeEach(() => {
    limitTo(5000, 20_000)
    Object.assign(counts, { fetches: 0, failed: 0 })
    reasons.length = 0
    settledAs.length = 0
  })

  const visit = async (path: string): Promise<IncomingMessage> => {
    const request = get(`http://127.0.0.1:${front.port}${path}`, { agent: false })
    request.on('error', () => undefined)
    const [response] = await once(request, 'response')
    response.on('error', () => undefined)
    return response
  }
  /** Bytes that came, and whether they were all. */
  const read = async (response: IncomingMessage): Promise<{ bytes: number; isWhole: boolean }> => {
    let bytes = 0
    response.on('data', (chunk: Buffer) => {
      bytes += chunk.length
    })
    await new Promise((done) => response.once('close', done))
    return { bytes, isWhole: response.complete }
  }
  const closed = async (): Promise<void> => {
    for (let tries = 0; open > 0 && tries < 100; tries++) await wait(10)
    assert.equal(open, 0, 'the other server still sends')
  }

  it('begin before they end', async () => {
    const response = await visit('/slow')
    const seen: string[] = []
    for await (const chunk of response) {
      seen.push(String(chunk))
      if (seen.length > 1) continue
      assert.equal(open, 1)
      goOn()
    }
    assert.deepEqual(seen, ['first', 'last'])
    assert.deepEqual(counts, { fetches: 1, failed: 0 })
  })
  it('tell their length and type, unless they had to be unpacked', async () => {
    const whole = await visit('/whole')
    const { 'content-length': length, 'content-type': type, 'x-content-type-options': sniff } = whole.headers
    assert.deepEqual([length, type, sniff], [String(BIG.length), 'application/octet-stream', 'nosniff'])
    assert.deepEqual(await read(whole), { bytes: BIG.length, isWhole: true })
    const packed = await visit('/packed')
    assert.deepEqual([packed.headers['content-length'], packed.headers['content-encoding']], [undefined, undefined])
    assert.deepEqual(await read(packed), { bytes: BIG.length, isWhole: true })
    assert.equal((await visit('/empty')).headers['content-length'], '0')
  })
  it('break off where they were cut, and nobody takes the part for the whole', async () => {
    assert.deepEqual(await read(await visit('/cut')), { bytes: 5, isWhole: false })
    assert.equal(counts.failed, 1)
    assert.match(JSON.stringify(reasons), /broke off on its way.*the connection was broken off|aborted/)
  })
  it('end at the limit; what says beforehand that it is beyond is not begun', async () => {
    const big = await visit('/big')
    assert.match(big.headers['content-type'] ?? '', /^text\/html/)
    assert.equal(settledAs[0]?.destination, `${base}/big (not shown: it is longer than 5 MB)`)
    for (const path of ['/endless', '/bomb']) {
      const { bytes, isWhole } = await read(await visit(path))
      assert.ok(!isWhole && bytes > 0 && bytes <= 5 * MB, `${path}: ${bytes}`)
    }
    await closed()
    assert.equal(counts.failed, 3)
  })
  it('are given up when nothing comes any more, or for too long', async () => {
    limitTo(300, 700)
    assert.deepEqual(await read(await visit('/hanging')), { bytes: 5, isWhole: false })
    assert.match(JSON.stringify(reasons), /it sent nothing for 0.3 seconds/)
    limitTo(300, 700)
    assert.equal((await read(await visit('/dripping'))).isWhole, false)
    assert.match(JSON.stringify(reasons), /it took longer than 0.7 seconds/)
    await closed()
    assert.equal(counts.failed, 2)
  })
  it('are asked for no longer than somebody wants them', async () => {
    const left = await visit('/dripping')
    await once(left, 'data')
    left.destroy()
    await closed()
    await read(await visit('/dripping?image'))
    await closed()
    assert.equal(String((await visit('/dripping?script')).headers['content-length']), '0')
    await closed()
    // A visitor who stops reading is left, too, and the other server is not blamed.
    limitTo(300, 20_000, 100)
    await visit('/endless')
    await closed()
    assert.equal(counts.failed, 0)
  })
  it('come whole for callers of the Click API', async () => {
    await read(await visit('/whole?api'))
    assert.ok(Buffer.isBuffer(settledAs[0]?.body))
  })
  it('count among what is fetched at one time until they end', async () => {
    const all = await Promise.all(Array.from({ length: 128 }, () => visit('/dripping')))
    assert.match((await visit('/whole')).headers['content-type'] ?? '', /^text\/html/)
    for (const one of all) one.destroy()
    await closed()
    assert.deepEqual(await read(await visit('/whole')), { bytes: BIG.length, isWhole: true })
  })
  it('hold little memory however many there are', async (test) => {
    const heldMb = async (): Promise<number> => {
      await collectGarbage()
      return process.memoryUsage().arrayBuffers / MB
    }
    limitTo(20_000, 20_000, 100)
    const beforehand = await heldMb()
    let bytes = 0
    const all = await Promise.all(Array.from({ length: 50 }, () => visit('/almost')))
    for (const one of all) {
      one.on('data', (chunk: Buffer) => {
        bytes += chunk.length
      })
    }
    const stalled = await Promise.all(Array.from({ length: 10 }, () => visit('/endless')))
    for (let tries = 0; bytes < 50 * (BIG.length - 1) && tries < 500; tries++) await wait(20)
    assert.equal(bytes, 50 * (BIG.length - 1), 'all but the last byte has come')
    const held = (await heldMb()) - beforehand
    test.diagnostic(`${held.toFixed(1)} MB held for 50 files of 4 MB and 10 visitors who take nothing`)
    assert.ok(held < 40, `${held} MB`)
    const ends = all.map((one) => once(one, 'end'))
    for (const response of waiting) response.end('x')
    await Promise.all(ends)
    for (const one of stalled) one.destroy()
    await closed()
  })
})

function replyOf(url: string, embedding: Embedding): FetchReply {
  const action = compileAction({ action_type: 'curl', action_payload: url, action_options: null })
  assert.ok(action.ok)
  const reply = action.value.run(makeMacroContext({ embedding }))
  assert.ok(reply.kind === 'fetch')
  return reply
}

/** What nobody holds any more is not to be counted. */
async function collectGarbage(): Promise<void> {
  setFlagsFromString('--expose-gc')
  const collect: unknown = runInNewContext('gc')
  assert.ok(typeof collect === 'function')
  collect()
  // Memory outside of the heap is given back a little later.
  await wait(100)
  collect()
}
