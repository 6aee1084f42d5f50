import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { after, before, beforeEach, describe, it } from 'node:test'
import { makeMacroContext } from '@trackyard/core/click/fixtures.ts'
import { isStreamed } from './carry-out.ts'
import { type Answers, type Streaming, startStreaming } from './streaming.fixture.ts'

const MB = 1_048_576
const PAGE = { 'content-type': 'text/html; charset=utf-8' }
const { subId } = makeMacroContext()

describe('pages on their way to visitors', () => {
  let goOn = (): void => undefined
  let streaming: Streaming

  const begin = (response: ServerResponse): void => {
    response.writeHead(200, PAGE)
    response.write('<html><head><title>{subid}</title></head><p>{sub')
  }
  const fill = (response: ServerResponse): void => {
    const more = '<p>text</p>'.repeat(5000)
    const go = (): void => {
      while (!response.destroyed && response.write(more));
    }
    response.on('drain', go)
    go()
  }
  const answers: Answers = {
    '/slow': (response) => {
      begin(response)
      goOn = () => response.end('id} and the rest')
    },
    '/cut': (response) => {
      begin(response)
      setTimeout(() => response.destroy(), 50)
    },
    '/cut-early': (response) => {
      response.writeHead(200, PAGE).write('<html><head>')
      setTimeout(() => response.destroy(), 50)
    },
    '/headless': (response) => {
      response.writeHead(200, PAGE).write('<html><head>')
    },
    '/hanging': begin,
    '/endless': (response) => {
      begin(response)
      fill(response)
    },
    '/long': (response) => response.writeHead(200, { ...PAGE, 'content-length': 6 * MB }).write('<html>'),
    '/old': (response) => {
      response.writeHead(200, { 'content-type': 'text/html; charset=windows-1251' })
      response.end(Buffer.from([0xcf, 0xf0]))
    },
    '/tagged': (response) => {
      response.writeHead(200, { 'content-type': 'text/html' })
      response.write(`<head><meta charset=windows-1251></head>${' '.repeat(3000)}`)
      setTimeout(() => response.end(Buffer.from([0xcf, 0xf0])), 20)
    },
    '/split': (response) => {
      response.writeHead(200, { 'content-type': 'text/html' })
      const bytes = Buffer.from(`</head>${' '.repeat(3000)}Привет`)
      response.write(bytes.subarray(0, -3))
      setTimeout(() => response.end(bytes.subarray(-3)), 20)
    },
    '/nothing': (response) => response.writeHead(200, PAGE).end(),
    '/data': (response) => {
      response.writeHead(200, { 'content-type': 'application/json; charset=koi8-r' }).write('{"a":')
      goOn = () => response.end('"{subid}"}')
    },
  }

  before(async () => {
    streaming = await startStreaming(answers)
  })
  beforeEach(() => streaming.reset())
  after(() => streaming.close())

  const textOf = async (response: IncomingMessage): Promise<string> => {
    const chunks: Buffer[] = []
    for await (const chunk of response) chunks.push(chunk)
    return Buffer.concat(chunks).toString()
  }

  it('begin before they end, with base and macros', async () => {
    const response = await streaming.visit('/slow')
    const { 'content-type': type, 'content-length': length, 'x-content-type-options': sniff } = response.headers
    assert.deepEqual([type, length, sniff], ['text/html; charset=utf-8', undefined, 'nosniff'])
    const [first] = await once(response, 'data')
    assert.ok(String(first).startsWith(`<html><head><base href="${streaming.base}/slow"><script>`))
    assert.ok(String(first).endsWith(`<title>${subId}</title></head><p>`))
    assert.equal(streaming.open(), 1)
    goOn()
    assert.equal(await textOf(response), `${subId} and the rest`)
    assert.deepEqual(streaming.counts, { fetches: 1, failed: 0 })
  })
  it('are UTF-8 whatever they were', async () => {
    assert.match(await textOf(await streaming.visit('/old')), /Пр$/)
    assert.match(await textOf(await streaming.visit('/tagged')), / Пр$/)
    assert.match(await textOf(await streaming.visit('/split')), / Привет$/)
    assert.equal(await textOf(await streaming.visit('/nothing')), '')
  })
  it('break off where they were cut, and nobody takes the part for the whole', async () => {
    assert.equal((await streaming.read(await streaming.visit('/cut'))).isWhole, false)
    assert.equal(streaming.counts.failed, 1)
    assert.match(JSON.stringify(streaming.reasons), /broke off on its way/)
    assert.equal(streaming.settledAs[0]?.destination, `${streaming.base}/cut`)
  })
  it('leave the choice of the fallback until their head has come', async () => {
    for (const [path, pageMs, reason] of [
      ['/cut-early', 10_000, 'the connection was broken off'],
      ['/headless', 300, 'its head took too long to come'],
      ['/long', 10_000, 'it is longer than 5 MB'],
    ] as const) {
      streaming.limitTo(5000, 20_000, 5, pageMs)
      assert.match(await textOf(await streaming.visit(path)), /cannot be shown/)
      assert.equal(streaming.settledAs.pop()?.destination, `${streaming.base}${path} (not shown: ${reason})`)
    }
    await streaming.closed()
    assert.equal(streaming.counts.failed, 3)
  })
  it('end at the limit of size, and when nothing comes any more or for too long', async () => {
    const { bytes, isWhole } = await streaming.read(await streaming.visit('/endless'))
    assert.ok(!isWhole && bytes > MB && bytes < 5 * MB + 1000, String(bytes))
    assert.match(JSON.stringify(streaming.reasons), /it is longer than 5 MB/)
    for (const [idleMs, streamMs, reason] of [
      [300, 20_000, /it sent nothing for 0.3 seconds/],
      [20_000, 300, /it took longer than 0.3 seconds/],
    ] as const) {
      streaming.limitTo(idleMs, streamMs)
      assert.equal((await streaming.read(await streaming.visit('/hanging'))).isWhole, false)
      assert.match(JSON.stringify(streaming.reasons), reason)
    }
    await streaming.closed()
    assert.equal(streaming.counts.failed, 3)
  })
  it('are asked for no longer than somebody wants them', async () => {
    const left = await streaming.visit('/hanging')
    await once(left, 'data')
    left.destroy()
    await streaming.closed()
    // Whoever asks for a picture gets a point at once.
    assert.equal((await streaming.visit('/hanging?image')).headers['content-type'], 'image/gif')
    await streaming.closed()
    // A visitor who stops reading is left, and the other server is not blamed.
    streaming.limitTo(1500, 20_000, 100)
    await streaming.visit('/endless')
    await streaming.closed()
    assert.equal(streaming.counts.failed, 0)
  })
  it('come whole for those who put them into something else', async () => {
    for (const where of ['api', 'script']) {
      const shown = streaming.visit(`/slow?${where}`)
      while (streaming.open() === 0) await new Promise((done) => setTimeout(done, 5))
      setTimeout(goOn, 50)
      assert.match(await textOf(await shown), new RegExp(`p>${subId} and the rest`))
    }
    assert.ok(streaming.settledAs.every((settled) => !isStreamed(settled)))
  })
  it('are left as they are when they are no HTML', async () => {
    const response = await streaming.visit('/data')
    assert.equal(response.headers['content-type'], 'application/json; charset=koi8-r')
    const [first] = await once(response, 'data')
    assert.equal(String(first), '{"a":')
    goOn()
    assert.equal(await textOf(response), '"{subid}"}')
  })
})
