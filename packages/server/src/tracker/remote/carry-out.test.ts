import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { FetchReply } from '@trackyard/core/actions/action.ts'
import { compileAction } from '@trackyard/core/actions/index.ts'
import { makeMacroContext } from '@trackyard/core/click/fixtures.ts'
import type { FetchedFile } from '../../outgoing/fetch-file.ts'
import { createCarryOut, type Settled } from './carry-out.ts'

function replyOf(action_type: string, action_options: Record<string, unknown> | null = null): FetchReply {
  const action = compileAction({ action_type, action_payload: 'https://o.example/p', action_options })
  assert.ok(action.ok)
  const reply = action.value.run(makeMacroContext())
  assert.ok(reply.kind === 'fetch')
  return reply
}

function carryOutWith(fetch: (url: string, headers: Readonly<Record<string, string>>) => Promise<FetchedFile>) {
  const counts = { fetches: 0, failed: 0 }
  const warnings: unknown[] = []
  const log = { debug() {}, info() {}, warn: (...line: unknown[]) => warnings.push(line), error() {} }
  const metrics = { fetches: { inc: () => counts.fetches++ }, failedFetches: { inc: () => counts.failed++ } }
  const carryOut = createCarryOut(false, metrics, log, fetch)
  const settle = (reply: FetchReply, headers = {}): Promise<Settled> =>
    new Promise((done) => carryOut(reply, headers, done))
  return { settle, counts, warnings }
}

const came = (body: string | Buffer, contentType = 'text/html'): FetchedFile => ({
  ok: true,
  url: 'https://o.example/p',
  contentType,
  body: Buffer.from(body),
})

describe('what actions leave to be fetched', () => {
  it('is shown, marked so that nothing fetches itself', async () => {
    const asked: Readonly<Record<string, string>>[] = []
    const { settle, counts } = carryOutWith(async (_url, headers) => {
      asked.push(headers)
      return came('<p>{subid}')
    })
    const shown = await settle(replyOf('curl'))
    assert.match(String(shown.body), /<p>p3k9x0a1b2c3d4e5f$/)
    assert.equal(shown.destination, 'https://o.example/p')
    const [headers = {}] = asked
    const again = await settle(replyOf('curl'), headers)
    assert.equal(again.destination, 'https://o.example/p (not shown: the campaign shows itself)')
    assert.deepEqual([asked.length, counts], [1, { fetches: 1, failed: 1 }])
  })
  it('is read in the charset it says, files are passed on as bytes', async () => {
    const bytes = Buffer.from([0xcf, 0xf0])
    const texts = carryOutWith(async () => came(bytes, 'text/html; charset=windows-1251'))
    assert.match(String((await texts.settle(replyOf('curl'))).body), /Пр$/)
    const files = carryOutWith(async () => came(bytes, 'image/png'))
    const shown = await files.settle(replyOf('curl'))
    assert.deepEqual([shown.body, shown.headers['Content-Type']], [bytes, 'image/png'])
    // An address is read whatever it is called.
    const addresses = carryOutWith(async () => came('https://shop.example/', 'application/octet-stream'))
    assert.equal((await addresses.settle(replyOf('remote'))).destination, 'https://shop.example/')
  })
  it('falls back, counted, logged once a minute, with the reason in the destination', async () => {
    const failures: (() => Promise<FetchedFile>)[] = [
      async () => ({ ok: false, reason: 'no answer within 10 seconds' }),
      async () => came('no address'),
      async () => Promise.reject(new Error('a fault')),
    ]
    const seen: string[] = []
    const warned: number[] = []
    for (const fail of failures) {
      const { settle, counts, warnings } = carryOutWith(fail)
      const page = await settle(replyOf('remote'))
      const other = await settle(replyOf('remote', { fallback_url: 'https://else.example/' }))
      assert.deepEqual(
        [page.kind, page.status, other.kind, other.status, counts.failed],
        ['page', 200, 'redirect', 302, 2],
      )
      seen.push(page.destination, other.destination)
      warned.push(warnings.length)
    }
    assert.deepEqual(warned, [1, 1, 1])
    assert.deepEqual(seen, [
      'https://o.example/p (not shown: no answer within 10 seconds)',
      'https://else.example/ (instead of https://o.example/p: no answer within 10 seconds)',
      'https://o.example/p (not shown: what it sent is of no use here)',
      'https://else.example/ (instead of https://o.example/p: what it sent is of no use here)',
      'https://o.example/p (not shown: a fault)',
      'https://else.example/ (instead of https://o.example/p: a fault)',
    ])
  })
  it('is asked of one host only so often at a time', async () => {
    const waiting: ((file: FetchedFile) => void)[] = []
    const { settle, counts } = carryOutWith(() => new Promise((done) => waiting.push(done)))
    const all = Array.from({ length: 140 }, () => settle(replyOf('curl')))
    assert.deepEqual([counts.fetches, counts.failed], [128, 12])
    for (const done of waiting) done(came('fine'))
    await Promise.all(all)
    const after = settle(replyOf('curl'))
    waiting.at(-1)?.(came('fine'))
    assert.match(String((await after).body), /fine$/)
  })
})
