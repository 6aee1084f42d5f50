import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { type AdminEvent, adminRecord } from '@trackyard/core/events/admin-event.ts'
import { createSubId } from '@trackyard/core/events/sub-id.ts'
import { createLog } from '../log.ts'
import { readSpool } from '../spool/reader.ts'
import { SpoolWriter } from '../spool/writer.ts'
import { listenForEvents } from './events-socket.ts'

const subId = createSubId(1_770_000_000_000, 0.5)
const removal: AdminEvent = { kind: 'click_removal', subId, atMs: 5 }
const segment = { campaignIds: [1], fromMs: 0, toMs: 9 }
const clean: AdminEvent = { kind: 'clean', atMs: 6, segment }

describe('events handed in by the backend', () => {
  const dir = mkdtempSync(join(tmpdir(), 'trackyard-socket-'))
  const socketPath = join(dir, 'tracker.sock')
  const spool = new SpoolWriter({ dir, segmentBytes: 1 << 20, fsync: 'interval', log: createLog('test', 'error') })
  let socket: { close(): Promise<void> }
  before(async () => {
    socket = await listenForEvents(socketPath, spool)
  })
  after(async () => {
    await socket.close()
    await spool.close()
    rmSync(dir, { recursive: true })
  })

  const send = (body: string, path = '/events', method = 'POST'): Promise<{ status: number; body: unknown }> =>
    new Promise((resolve, reject) => {
      const sent = request({ socketPath, path, method }, (response) => {
        let text = ''
        response.on('data', (chunk: Buffer) => (text += chunk.toString()))
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) }))
      })
      sent.on('error', reject)
      sent.end(body)
    })

  it('are written in order, and their positions are answered', async () => {
    const events = [removal, clean, removal]
    const { status, body } = await send(events.map((event) => `${JSON.stringify(event)}\n`).join(''))
    assert.equal(status, 200)
    const { records } = readSpool(dir, 0, 1 << 20)
    assert.deepEqual(body, { positions: records.map(({ seq }) => seq) })
    assert.deepEqual(
      records.map(({ kind, subId: id, rest }) => `${kind}\t${id}\t${rest}`),
      events.map(adminRecord),
    )
    // Changes of many clicks are read on their own.
    const batches = [0, records[1]?.seq ?? 0, records[2]?.seq ?? 0].map((from) =>
      readSpool(dir, from, 1 << 20, { alone: 'w' }),
    )
    assert.deepEqual(
      batches.map(({ records: found, isFull }) => [found.map(({ kind }) => kind).join(''), isFull]),
      [
        ['a', true],
        ['w', true],
        ['a', false],
      ],
    )
  })

  it('are all refused when one is of another kind or not to be read', async () => {
    const { position } = spool
    const bad = [
      '{"kind":"postback","subId":"x","atMs":1,"params":{},"ip":""}',
      'not json',
      JSON.stringify({ ...removal, subId: "x'" }),
      JSON.stringify({ kind: 'click_edit', subId, atMs: 1, slots: { cost: '1' }, costMicros: null }),
      JSON.stringify({ kind: 'costs', atMs: 1, selection: { ...segment }, costMicros: 1 }),
    ]
    for (const line of bad) {
      assert.equal((await send(`${JSON.stringify(removal)}\n${line}\n`)).status, 400, line)
    }
    assert.equal((await send('', '/events', 'GET')).status, 404)
    assert.equal((await send('x'.repeat(17 * 1_048_576)).catch(() => ({ status: 413 }))).status, 413)
    assert.equal(spool.position, position)
  })

  it('are refused for good when one cannot be written at all; a disk that fills up meanwhile leaves it open', async () => {
    const long = { ...clean, segment: { ...segment, campaignIds: Array.from({ length: 200_000 }, () => 123_456) } }
    const { position } = spool
    assert.equal((await send(`${JSON.stringify(removal)}\n${JSON.stringify(long)}\n`)).status, 413)
    assert.deepEqual([spool.position, spool.lostRecords], [position, 0])
    const full = { failure: '', append: (_: string, written: (durable: boolean) => void) => written(false) }
    const path = join(dir, 'full.sock')
    const other = await listenForEvents(path, full)
    const status = await new Promise((resolve) =>
      request({ socketPath: path, path: '/events', method: 'POST' }, (response) =>
        resolve(response.resume().statusCode),
      ).end(JSON.stringify(removal)),
    )
    await other.close()
    assert.equal(status, 500)
  })

  it('come from nobody else', () => assert.equal(statSync(socketPath).mode & 0o777, 0o600))
})
