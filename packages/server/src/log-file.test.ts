import assert from 'node:assert/strict'
import { appendFileSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { openLogFile, openSystemLog } from './log-file.ts'

let dir = ''
before(() => {
  dir = mkdtempSync(join(tmpdir(), 'trackyard-logs-'))
})
after(() => rmSync(dir, { recursive: true, force: true }))

const line = (atMs: number, level: 'info' | 'error', message = `at ${atMs}`) => ({
  ...{ atMs, level, part: 'test', message },
})

describe('what processes log', () => {
  it('is kept in two bounded files for each and read newest first', () => {
    const keep = openLogFile(dir, 'one', 1000)
    for (let i = 0; i < 200; i++) keep(line(i, i % 2 ? 'error' : 'info'))
    openLogFile(dir, 'two')(line(1000, 'info'))
    assert.deepEqual(readdirSync(dir).sort(), ['one.1.ndjson', 'one.ndjson', 'two.ndjson'])
    for (const name of readdirSync(dir)) assert.ok(statSync(join(dir, name)).size < 1200, name)
    const times = openSystemLog(dir)
      .lines()
      .map(({ atMs }) => atMs)
    assert.deepEqual(times.slice(0, 3), [1000, 199, 198])
    assert.deepEqual(
      times,
      times.toSorted((a, b) => b - a),
    )
  })

  it('survives torn lines and cuts long ones', () => {
    appendFileSync(join(dir, 'two.ndjson'), '{"atMs":5,"lev\nnot json\n{"atMs":"x"}\n')
    openLogFile(dir, 'two')(line(2000, 'error', 'x'.repeat(50_000)))
    const [newest] = openSystemLog(dir).lines()
    assert.equal(newest?.atMs, 2000)
    assert.equal(newest?.message.length, 5000)
  })

  it('is forgotten by level', () => {
    const log = openSystemLog(dir)
    log.clear(['error'])
    assert.ok(log.lines().length > 0)
    assert.ok(log.lines().every(({ level }) => level === 'info'))
    log.clear(['info', 'error'])
    assert.deepEqual(log.lines(), [])
  })

  it('is lost without harm when it cannot be written', () => {
    openLogFile(join(dir, 'gone', 'deep'), 'three')(line(1, 'error'))
    assert.deepEqual(openSystemLog(join(dir, 'gone')).lines(), [])
  })
})
