import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it, mock } from 'node:test'
import { createLog } from './log.ts'
import { followMacroFiles, type MacroFiles } from './macro-files.ts'

describe('files for {from_file:name}', () => {
  let home = ''
  let dir = ''
  let files: MacroFiles
  const warnings: unknown[] = []

  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'trackyard-macros-'))
    dir = join(home, 'macros')
    mkdirSync(dir)
    writeFileSync(join(home, 'secrets.json'), 'secret')
    warnings.length = 0
    mock.timers.enable({ apis: ['setInterval'] })
  })
  afterEach(() => {
    files.close()
    mock.timers.reset()
    rmSync(home, { recursive: true })
  })

  const follow = (): void => {
    files = followMacroFiles(dir, { ...createLog('test', 'error'), warn: (_message, fields) => warnings.push(fields) })
  }
  const later = (): void => mock.timers.tick(2000)

  it('are read again when they change, and print nothing when they are gone', () => {
    const path = join(dir, 'domain.txt')
    writeFileSync(path, 'a.example\n')
    follow()
    assert.equal(files.text('domain.txt'), 'a.example')
    writeFileSync(path, 'other.example\n')
    later()
    assert.equal(files.text('domain.txt'), 'other.example')
    rmSync(path)
    later()
    assert.equal(files.text('domain.txt'), '')
    assert.deepEqual(warnings, [])
  })

  it('may be links within the folder, as mounted configuration has them, but not out of it', () => {
    mkdirSync(join(dir, '..data'))
    writeFileSync(join(dir, '..data', 'domain.txt'), 'a.example')
    symlinkSync('..data/domain.txt', join(dir, 'domain.txt'))
    symlinkSync('../secrets.json', join(dir, 'secrets'))
    follow()
    assert.deepEqual([files.text('domain.txt'), files.text('secrets')], ['a.example', ''])
    assert.deepEqual(warnings, [{ name: 'secrets', reason: 'it is a link out of the folder' }])
  })

  it('that cannot be read print nothing, are told once, and stop nobody', () => {
    symlinkSync('circle', join(dir, 'circle'))
    mkdirSync(join(dir, 'folder'))
    follow()
    writeFileSync(join(dir, 'long.txt'), 'short')
    later()
    assert.equal(files.text('long.txt'), 'short')
    truncateSync(join(dir, 'long.txt'), 65_537)
    later()
    later()
    assert.deepEqual(['circle', 'folder', 'long.txt'].map(files.text), ['', '', ''])
    assert.deepEqual(
      warnings.map((fields) => JSON.stringify(fields).replace(/ELOOP.*?"/, 'ELOOP"')),
      [
        '{"name":"circle","reason":"ELOOP"}',
        '{"name":"folder","reason":"it is not a file"}',
        '{"name":"long.txt","reason":"it is longer than 64 KB"}',
      ],
    )
  })
})
