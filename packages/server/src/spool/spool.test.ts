import assert from 'node:assert/strict'
import {
  appendFileSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmdirSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { createLog } from '../log.ts'
import { readSpool } from './reader.ts'
import { listSegments } from './segments.ts'
import { SpoolWriter } from './writer.ts'

const log = createLog('test', 'error')
const quiet = { ...log, warn: () => undefined, error: () => undefined }

describe('spool', () => {
  let dir = ''
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'trackyard-spool-'))
  })
  afterEach(() => rmSync(dir, { recursive: true, force: true }))

  const open = (segmentBytes = 1 << 20, fsync: 'interval' | 'always' = 'interval') =>
    new SpoolWriter({ dir, segmentBytes, fsync, log: quiet })
  const append = (spool: SpoolWriter, payloads: readonly string[]) =>
    Promise.all(payloads.map((payload) => new Promise<boolean>((resolve) => spool.append(payload, resolve))))
  const readAll = (maxBytes = 1 << 21) => {
    const found: string[] = []
    let position = 0
    for (;;) {
      const batch = readSpool(dir, position, maxBytes)
      found.push(...batch.records.map((record) => `${record.kind}\t${record.subId}\t${record.rest}`))
      if (!batch.isFull) return found
      position = batch.next
    }
  }

  it('gives back what was written, in order, over segment borders and restarts', async () => {
    const payload = fc.string({ unit: 'grapheme', maxLength: 300 }).map((text) => `c\tid\t${text}`)
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(payload, { minLength: 1, maxLength: 20 }), { minLength: 1, maxLength: 6 }),
        async (sessions) => {
          rmSync(dir, { recursive: true, force: true })
          dir = mkdtempSync(join(tmpdir(), 'trackyard-spool-'))
          for (const session of sessions) {
            const spool = open(1000)
            for (const one of session) assert.deepEqual(await append(spool, [one]), [true])
            await spool.close()
          }
          assert.deepEqual(readAll(), sessions.flat())
        },
      ),
      { numRuns: 15 },
    )
  })

  it('a torn tail of any length is cut at the next start and nothing before it is lost', async () => {
    const payloads = ['c\ta\tone', 'c\tb\ttwo', 'c\tc\tthree']
    const first = open()
    await append(first, payloads)
    await first.close()
    for (const torn of [Buffer.from([0]), Buffer.alloc(40), Buffer.from([0, 0, 0, 9, 1, 2, 3, 4, 99])]) {
      const [segment] = listSegments(dir)
      appendFileSync(segment?.path ?? '', torn)
      const again = open()
      await append(again, [`c\td\tafter ${torn.length}`])
      payloads.push(`c\td\tafter ${torn.length}`)
      await again.close()
      assert.deepEqual(readAll(), payloads)
    }
  })

  it('a record that is still being written is left for the next read', async () => {
    const spool = open()
    await append(spool, ['c\ta\tone'])
    await spool.close()
    const position = spool.position
    const [segment] = listSegments(dir)
    appendFileSync(segment?.path ?? '', Buffer.from([0, 0, 0, 50, 1, 2]))
    const batch = readSpool(dir, 0, 1 << 20)
    assert.equal(batch.records.length, 1)
    assert.equal(batch.next, position)
    assert.equal(batch.isFull, false)
  })

  it('damage costs the records it touches and no others, in a closed segment and in the live one', async () => {
    for (const segmentBytes of [300, 1 << 20]) {
      rmSync(dir, { recursive: true, force: true })
      dir = mkdtempSync(join(tmpdir(), 'trackyard-spool-'))
      const spool = open(segmentBytes)
      for (let i = 0; i < 30; i++) await append(spool, [`c\tid\t${i} ${'x'.repeat(60)}`])
      await spool.close()
      const [first] = listSegments(dir)
      writeFileSync(first?.path ?? '', Buffer.alloc(100, 7), { flag: 'r+' })
      assert.ok(readSpool(dir, 0, 1 << 20).damagedBytes > 0)
      assert.equal(readAll().length, 28)
      const again = open(segmentBytes)
      assert.equal(again.position, spool.position)
      await again.close()
      assert.equal(readAll().length, 28)
    }
  })

  it('damage at the end of a closed segment is skipped with the segment', async () => {
    const spool = open(300)
    for (let i = 0; i < 30; i++) await append(spool, [`c\tid\t${i} ${'x'.repeat(60)}`])
    await spool.close()
    const [first, second] = listSegments(dir)
    const size = (second?.base ?? 0) - (first?.base ?? 0)
    const fd = openSync(first?.path ?? '', 'r+')
    writeSync(fd, Buffer.alloc(20, 7), 0, 20, size - 20)
    closeSync(fd)
    assert.ok(readSpool(dir, 0, 1 << 20).damagedBytes > 20)
    assert.equal(readAll().length, 29)
  })

  it('small reads find the same records as big ones', async () => {
    const spool = open(5000)
    const payloads = Array.from({ length: 200 }, (_, i) => `c\tid\t${i}`)
    await append(spool, payloads)
    await spool.close()
    assert.deepEqual(readAll(64), payloads)
  })

  it('fsync always still answers every record', async () => {
    const spool = open(1 << 20, 'always')
    assert.deepEqual(await append(spool, ['c\ta\t1', 'c\ta\t2']), [true, true])
    await spool.close()
  })

  it('hands out only so many events that are not clicks at a time, and clicks as they come', async () => {
    const spool = open(300)
    const payloads = Array.from({ length: 30 }, (_, i) => `${i % 3 === 0 ? 'p' : 'c'}\tid\t${i}`)
    await append(spool, payloads)
    await spool.close()
    const batches: (readonly string[])[] = []
    for (let position = 0; ; ) {
      const batch = readSpool(dir, position, 1 << 20, { maxLaterEvents: 2 })
      batches.push(batch.records.map(({ kind, rest }) => `${kind}\tid\t${rest}`))
      position = batch.next
      if (!batch.isFull) break
    }
    assert.deepEqual(batches.flat(), payloads)
    assert.ok(batches.every((batch) => batch.filter((one) => one.startsWith('p')).length <= 2))
  })

  it('only segments that were stored are deleted, never the last one', async () => {
    const spool = open(200)
    for (let i = 0; i < 20; i++) await append(spool, [`c\tid\t${i} ${'x'.repeat(60)}`])
    const before = listSegments(dir)
    const middle = before[3]?.base ?? 0
    await spool.discardBefore(middle, 0, Date.now())
    assert.equal(listSegments(dir)[0]?.base, middle)
    await spool.discardBefore(Number.MAX_SAFE_INTEGER, 0, Date.now())
    assert.equal(listSegments(dir).length, 1)
    await spool.close()
    assert.equal(open(200).position, spool.position)
  })

  it('a segment that cannot be deleted stops nothing and is tried again', async () => {
    const spool = open(200)
    for (let i = 0; i < 8; i++) await append(spool, [`c\tid\t${i} ${'x'.repeat(60)}`])
    const stuck = listSegments(dir)[1]?.path ?? ''
    rmSync(stuck)
    mkdirSync(stuck)
    await spool.discardBefore(spool.position, 0, Date.now())
    assert.equal(listSegments(dir)[0]?.path, stuck, 'those before it are gone')
    rmdirSync(stuck)
    writeFileSync(stuck, '')
    await spool.discardBefore(spool.position, 0, Date.now())
    assert.equal(listSegments(dir).length, 1)
    await spool.close()
  })

  it('closes a segment that was begun long ago, so that what was stored leaves the disk where little happens', async () => {
    const spool = open()
    spool.closeOld(0, Date.now() + 1)
    assert.equal(listSegments(dir).length, 1, 'an empty one stays')
    await append(spool, ['c\ta\tone'])
    spool.closeOld(3_600_000, Date.now())
    assert.equal(listSegments(dir).length, 1)
    spool.closeOld(3_600_000, Date.now() + 3_600_001)
    assert.equal(listSegments(dir).length, 2)
    await append(spool, ['c\tb\ttwo'])
    assert.deepEqual(readAll(), ['c\ta\tone', 'c\tb\ttwo'])
    await spool.discardBefore(spool.position, 0, Date.now())
    assert.deepEqual(readAll(), ['c\tb\ttwo'])
    await spool.close()
  })

  it('goes on after what was stored when the spool itself lost its end in a power failure', async () => {
    const spool = open()
    await append(spool, ['c\ta\tone'])
    await spool.close()
    const stored = spool.position + 500
    const again = new SpoolWriter({ dir, segmentBytes: 1 << 20, fsync: 'interval', log: quiet, notBefore: stored })
    assert.equal(again.position, stored)
    await append(again, ['c\tb\ttwo'])
    await again.close()
    assert.deepEqual(
      readSpool(dir, stored, 1 << 20).records.map(({ seq, subId }) => [seq, subId]),
      [[stored, 'b']],
    )
    assert.deepEqual(readAll(), ['c\ta\tone', 'c\tb\ttwo'])
  })

  it('a record too long to be stored is refused, the others are not', async () => {
    const spool = open(1 << 24)
    assert.deepEqual(await append(spool, ['c\ta\t1', `c\ta\t${'y'.repeat(2_000_000)}`, 'c\ta\t2']), [true, false, true])
    await spool.close()
    assert.deepEqual(readAll(), ['c\ta\t1', 'c\ta\t2'])
  })

  it('keeps records in memory while the disk refuses and writes them when it can again', async () => {
    const spool = open(100)
    await append(spool, [`c\ta\t${'x'.repeat(120)}`])
    // The next append must open a new segment; a directory in its place makes that fail, as a full disk would.
    rmSync(dir, { recursive: true, force: true })
    assert.deepEqual(await append(spool, ['c\ta\tkept']), [false])
    assert.notEqual(spool.failure, '')
    const { mkdirSync } = await import('node:fs')
    mkdirSync(dir)
    for (let tries = 0; spool.failure !== '' && tries < 1500; tries++) await sleep(20)
    assert.equal(spool.failure, '')
    assert.equal(readdirSync(dir).length, 1)
    assert.deepEqual(await append(spool, ['c\ta\tlater']), [true])
    await spool.close()
    assert.deepEqual(readAll(), ['c\ta\tkept', 'c\ta\tlater'])
  })
})
