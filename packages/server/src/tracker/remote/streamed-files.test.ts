import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { after, before, beforeEach, describe, it } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { gzipSync } from 'node:zlib'
import { type Answers, type Streaming, startStreaming } from './streaming.fixture.ts'

const MB = 1_048_576
const BIG = Buffer.alloc(4 * MB, 'x')
const FILE = { 'content-type': 'application/octet-stream' }

describe('files on their way to visitors', () => {
  const waiting: ServerResponse[] = []
  let goOn = (): void => undefined

  const begin = (response: ServerResponse, more = {}): void => {
    response.writeHead(200, { ...FILE, ...more })
    response.write('first')
  }
  const answers: Answers = {
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

  let streaming: Streaming
  before(async () => {
    streaming = await startStreaming(answers)
  })
  beforeEach(() => streaming.reset())
  after(() => streaming.close())

  it('begin before they end', async () => {
    const response = await streaming.visit('/slow')
    const seen: string[] = []
    for await (const chunk of response) {
      seen.push(String(chunk))
      if (seen.length > 1) continue
      assert.equal(streaming.open(), 1)
      goOn()
    }
    assert.deepEqual(seen, ['first', 'last'])
    assert.deepEqual(streaming.counts, { fetches: 1, failed: 0 })
  })
  it('tell their length and type, unless they had to be unpacked', async () => {
    const whole = await streaming.visit('/whole')
    const { 'content-length': length, 'content-type': type, 'x-content-type-options': sniff } = whole.headers
    assert.deepEqual([length, type, sniff], [String(BIG.length), 'application/octet-stream', 'nosniff'])
    assert.deepEqual(await streaming.read(whole), { bytes: BIG.length, isWhole: true })
    const packed = await streaming.visit('/packed')
    assert.deepEqual([packed.headers['content-length'], packed.headers['content-encoding']], [undefined, undefined])
    assert.deepEqual(await streaming.read(packed), { bytes: BIG.length, isWhole: true })
    assert.equal((await streaming.visit('/empty')).headers['content-length'], '0')
  })
  it('break off where they were cut, and nobody takes the part for the whole', async () => {
    assert.deepEqual(await streaming.read(await streaming.visit('/cut')), { bytes: 5, isWhole: false })
    assert.equal(streaming.counts.failed, 1)
    assert.match(JSON.stringify(streaming.reasons), /broke off on its way.*the connection was broken off|aborted/)
  })
  it('end at the limit; what says beforehand that it is beyond is not begun', async () => {
    const big = await streaming.visit('/big')
    assert.match(big.headers['content-type'] ?? '', /^text\/html/)
    assert.equal(streaming.settledAs[0]?.destination, `${streaming.base}/big (not shown: it is longer than 5 MB)`)
    for (const path of ['/endless', '/bomb']) {
      const { bytes, isWhole } = await streaming.read(await streaming.visit(path))
      assert.ok(!isWhole && bytes > 0 && bytes <= 5 * MB, `${path}: ${bytes}`)
    }
    await streaming.closed()
    assert.equal(streaming.counts.failed, 3)
  })
  it('are given up when nothing comes any more, or for too long', async () => {
    streaming.limitTo(300, 700)
    assert.deepEqual(await streaming.read(await streaming.visit('/hanging')), { bytes: 5, isWhole: false })
    assert.match(JSON.stringify(streaming.reasons), /it sent nothing for 0.3 seconds/)
    // A pause of a busy machine is no pause of the other server.
    streaming.limitTo(1000, 2000)
    assert.equal((await streaming.read(await streaming.visit('/dripping'))).isWhole, false)
    assert.match(JSON.stringify(streaming.reasons), /it took longer than 2 seconds/)
    await streaming.closed()
    assert.equal(streaming.counts.failed, 2)
  })
  it('are asked for no longer than somebody wants them', async () => {
    const left = await streaming.visit('/dripping')
    await once(left, 'data')
    left.destroy()
    await streaming.closed()
    await streaming.read(await streaming.visit('/dripping?image'))
    await streaming.closed()
    assert.equal(String((await streaming.visit('/dripping?script')).headers['content-length']), '0')
    await streaming.closed()
    // A visitor who stops reading is left, too, and the other server is not blamed.
    streaming.limitTo(1500, 20_000, 100)
    await streaming.visit('/endless')
    await streaming.closed()
    assert.equal(streaming.counts.failed, 0)
  })
  it('come whole for callers of the Click API', async () => {
    await streaming.read(await streaming.visit('/whole?api'))
    assert.ok(Buffer.isBuffer(streaming.settledAs[0]?.body))
  })
  it('count among what is fetched at one time until they end', async () => {
    const all = await Promise.all(Array.from({ length: 128 }, () => streaming.visit('/dripping')))
    assert.match((await streaming.visit('/whole')).headers['content-type'] ?? '', /^text\/html/)
    for (const one of all) one.destroy()
    await streaming.closed()
    assert.deepEqual(await streaming.read(await streaming.visit('/whole')), { bytes: BIG.length, isWhole: true })
  })
  it('hold little memory however many there are', async (test) => {
    const heldMb = async (): Promise<number> => {
      await collectGarbage()
      return process.memoryUsage().arrayBuffers / MB
    }
    // No file may be given up meanwhile, however busy the machine is.
    streaming.limitTo(300_000, 300_000, 100)
    const beforehand = await heldMb()
    let bytes = 0
    const all = await Promise.all(Array.from({ length: 50 }, () => streaming.visit('/almost')))
    for (const one of all) {
      one.on('data', (chunk: Buffer) => {
        bytes += chunk.length
      })
    }
    const stalled = await Promise.all(Array.from({ length: 10 }, () => streaming.visit('/endless')))
    for (let tries = 0; bytes < 50 * (BIG.length - 1) && tries < 3000; tries++) await wait(20)
    assert.equal(bytes, 50 * (BIG.length - 1), 'all but the last byte has come')
    const held = (await heldMb()) - beforehand
    test.diagnostic(`${held.toFixed(1)} MB held for 50 files of 4 MB and 10 visitors who take nothing`)
    assert.ok(held < 40, `${held} MB`)
    const ends = all.map((one) => once(one, 'close'))
    for (const response of waiting) response.end('x')
    await Promise.all(ends)
    for (const one of stalled) one.destroy()
    await streaming.closed()
  })
})

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
